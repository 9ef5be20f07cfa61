"""Which tables no public page may read."""

# Made by triggers from tables that raise the version, in the same transaction: pages may read them.
DERIVED = {"regions_searchdocument", "regions_searchword"}

# Tables of our own that no public page may read. Every other one raises the version.
PRIVATE = {
    *("regions_changemark", "regions_registryversion"),
    *("regions_invitation", "regions_keptform", "regions_knownnetwork", "regions_signinletter"),
    *("regions_searchmiss", "regions_savedsearch"),
    *("regions_user", "regions_user_groups", "regions_user_user_permissions"),
    *("pilots_clarification", "pilots_clarificationreminder"),
    "pilots_inquiry",
    *(
        "pilots_attachment",
        "pilots_proposal",
        "pilots_editor",
        "pilots_deleteddraft",
        "pilots_version",
        "pilots_sectionsave",
        "pilots_extensionrequest",
        "pilots_joinrequest",
        "pilots_writerinvitation",
    ),
    *("pilots_assessor", "pilots_declaration", "pilots_assessment", "pilots_criterionanswer", "pilots_note"),
    *("pilots_deletedround", "pilots_pilotcounter"),
    *("pilots_staffletter", "pilots_message", "pilots_deliveryevent", "pilots_tolddeadline", "pilots_returnedmail"),
    *("pilots_reminderrule", "pilots_reminder", "pilots_reconciliation", "pilots_alarm", "pilots_installation"),
}
