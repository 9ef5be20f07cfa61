"""Every rule that the database keeps of the actors is broken once, and refuses by its name."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from regions.models import (
    Document,
    Group,
    GroupContact,
    Invitation,
    Kind,
    KnownNetwork,
    LogEntry,
    MandateItem,
    Membership,
    Municipality,
    Organisation,
    RegistryVersion,
    SavedSearch,
    SearchDocument,
    SearchMiss,
    SignInLetter,
    Source,
    Succession,
    Synonym,
    Transfer,
    User,
)
from registry.lib.database import since
from tests.constraints.refusal import Violate, again, an_account, bend, declared, kept, refused_by
from tests.factories import make_group, make_organisation, make_person, make_post, make_region

pytestmark = pytest.mark.django_db

NEVER = "empty"  # the range without a day


def a_source() -> Source:
    return Source.objects.create(key="report", title="Raportti")


def a_municipality() -> Municipality:
    return Municipality.objects.create(slug="pori", name_fi="Pori", region=make_region())


def a_saved_search() -> SavedSearch:
    return SavedSearch.objects.create(
        user=an_account(User.Role.OFFICER), name="Oma", page="pilots", saved_at=timezone.now()
    )


def a_coverage() -> Any:
    return make_organisation(region=make_region()).coverages.get()


def a_succession(**fields: Any) -> Succession:
    defaults = {"on": date(2026, 1, 1), "outcome": Succession.Outcome.HAPPENED}
    return Succession.objects.create(
        predecessor=make_organisation(), successor=make_organisation(), **{**defaults, **fields}
    )


def a_transfer(**fields: Any) -> Transfer:
    defaults = {"slug": "duties", "outcome": Succession.Outcome.PLANNED, "duties_fi": "Palvelut"}
    return Transfer.objects.create(from_kinds=[Kind.TE_OFFICE], to_kind=Kind.EMPLOYMENT_AREA, **{**defaults, **fields})


def a_membership() -> Membership:
    return Membership.objects.create(group=make_group(), person=make_person(), role=Membership.Role.MEMBER)


def a_mandate_item() -> MandateItem:
    return MandateItem.objects.create(group=make_group(), kind="task", position=1, text_fi="Valmistelee")


def a_log_entry() -> LogEntry:
    return LogEntry.objects.create(group=make_group(), position=1, kind="done", what_fi="Kokous")


def a_document() -> Document:
    return Document.objects.create(group=make_group(), kind=Document.Kind.REPORT)


def a_contact() -> GroupContact:
    return GroupContact.objects.create(group=make_group(), post=make_post(make_person()), position=1)


def a_post() -> Any:
    """Return a post in no organisation, for which "no organisation" counts as the same."""
    return make_post(make_person())


def an_officer() -> User:
    return an_account(User.Role.OFFICER)


def an_invitation() -> Invitation:
    now = timezone.now()
    return Invitation.objects.create(
        email="newcomer@satakunta.example",
        role=User.Role.OFFICER,
        token_sha256="0" * 64,
        invited_by=an_officer(),
        invited_at=now,
        expires_at=now + timedelta(days=14),
    )


def a_sign_in_letter(**fields: Any) -> SignInLetter:
    given = {"kind": "new_password", "user": an_officer(), "address": "a@x.example", "asked_at": timezone.now()}
    return SignInLetter.objects.create(**given | fields)


def its_own(make: Callable[[], Any], field: str) -> None:
    row = make()
    bend(row, **{field: row})


VIOLATIONS: dict[str, Violate] = {
    # Sources and areas
    "regions_source_key_key": lambda: again(a_source()),
    "regions_region_code_key": lambda: again(make_region("04"), slug="another", iso="FI-99"),
    "regions_region_slug_key": lambda: again(make_region("04"), code="99", iso="FI-99"),
    "regions_region_iso_key": lambda: again(make_region("04"), code="99", slug="another"),
    "a_region_code_is_two_digits": lambda: make_region("4", iso="FI-04"),
    "an_iso_code_of_a_region_is_finnish": lambda: make_region("04", iso="SE-04"),
    "regions_municipality_slug_key": lambda: again(a_municipality()),
    # Organisations
    "regions_organisation_slug_key": lambda: again(make_organisation()),
    "a_business_id_has_the_right_check_digit": lambda: make_organisation(business_id="1234567-8"),
    "an_organising_form_belongs_to_an_employment_area": lambda: make_organisation(
        Kind.TE_OFFICE, organising_form=Organisation.Form.ALONE
    ),
    "an_organisation_does_not_steer_itself": lambda: its_own(make_organisation, "steered_by"),
    "an_organisation_exists_for_some_time": lambda: make_organisation(validity=NEVER),
    "an_organisation_covers_a_region_once_at_a_time": lambda: again(a_coverage(), validity=since(date(2026, 1, 1))),
    "a_coverage_lasts_for_some_time": lambda: bend(a_coverage(), validity=NEVER),
    "a_succession_is_told_once": lambda: again(a_succession()),
    "nobody_succeeds_itself": lambda: (lambda row: bend(row, successor=row.predecessor))(a_succession()),
    "a_succession_that_happened_has_a_day": lambda: a_succession(on=None),
    "regions_transfer_slug_key": lambda: again(a_transfer()),
    "a_transfer_that_happened_has_a_day": lambda: a_transfer(outcome=Succession.Outcome.HAPPENED),
    # People
    "regions_person_slug_key": lambda: again(make_person()),
    "a_person_has_a_name": lambda: bend(make_person(), name=""),
    "a_person_holds_a_post_once_at_a_time": lambda: again(a_post(), validity=since(date(2018, 3, 1))),
    "a_post_lasts_for_some_time": lambda: bend(a_post(), validity=NEVER),
    # Groups
    "regions_group_slug_key": lambda: again(make_group()),
    "a_sub_group_has_a_parent": lambda: make_group(kind=Group.Kind.SUB_GROUP),
    "a_group_is_not_its_own_parent": lambda: its_own(make_group, "parent"),
    "a_group_does_not_follow_itself": lambda: its_own(make_group, "successor"),
    "a_mandate_item_has_its_own_place": lambda: again(a_mandate_item()),
    "regions_mandateitem_position_check": lambda: bend(a_mandate_item(), position=-1),
    "a_log_entry_has_its_own_place": lambda: again(a_log_entry()),
    "regions_logentry_position_check": lambda: bend(a_log_entry(), position=-1),
    "a_group_has_a_document_of_a_kind_once": lambda: again(a_document()),
    "a_person_has_a_role_in_a_group_once_at_a_time": lambda: again(a_membership(), validity=since(date(2018, 3, 1))),
    "a_membership_lasts_for_some_time": lambda: bend(a_membership(), validity=NEVER),
    "a_contact_has_its_own_place": lambda: again(a_contact(), post=make_post(make_person())),
    "a_post_is_a_contact_of_a_group_once": lambda: again(a_contact(), position=2),
    "regions_groupcontact_position_check": lambda: bend(a_contact(), position=-1),
    # Accounts
    "regions_user_email_key": lambda: again(an_officer()),
    "an_address_is_kept_in_lower_case": lambda: bend(an_officer(), email="Officer@ministry.example"),
    "a_role_is_one_of_the_four": lambda: bend(an_officer(), role="minister"),
    "a_preparer_acts_for_an_organisation": lambda: bend(an_officer(), role=User.Role.PREPARER),
    "nobody_is_their_own_deputy": lambda: (lambda row: bend(row, deputy=row))(an_officer()),
    "an_address_that_failed_says_why": lambda: bend(an_officer(), address_failed_at=timezone.now()),
    "a_name_of_an_account_holds_no_address": lambda: bend(an_officer(), name="Voitit! https://evil.example"),
    "regions_user_calendar_edition_check": lambda: bend(an_officer(), calendar_edition=-1),
    "regions_invitation_token_sha256_key": lambda: again(an_invitation(), email="another@x.example"),
    "a_withdrawn_invitation_says_by_whom_and_when": lambda: bend(an_invitation(), withdrawn_at=timezone.now()),
    "an_accepted_invitation_is_not_withdrawn": lambda: (
        lambda row: bend(
            row,
            **{f"{what}_at": row.invited_at for what in ("accepted", "withdrawn")},
            **{f"{what}_by": row.invited_by for what in ("accepted", "withdrawn")},
        )
    )(an_invitation()),
    "an_address_has_one_open_invitation": lambda: again(an_invitation(), token_sha256="1" * 64),
    "an_accepted_invitation_says_by_whom_and_when": lambda: bend(an_invitation(), accepted_at=timezone.now()),
    "an_invitation_is_for_one_of_the_four_roles": lambda: bend(an_invitation(), role=""),
    "an_invited_preparer_acts_for_an_organisation": lambda: bend(an_invitation(), role=User.Role.PREPARER),
    "an_invitation_expires_after_it_is_sent": lambda: (lambda row: bend(row, expires_at=row.invited_at))(
        an_invitation()
    ),
    "a_network_of_an_account_is_known_once": lambda: again(
        KnownNetwork.objects.create(user=an_officer(), network="0" * 64, seen_at=timezone.now())
    ),
    "a_user_has_one_saved_search_of_a_name": lambda: again(a_saved_search()),
    "a_saved_search_has_a_name": lambda: bend(a_saved_search(), name=""),
    "a_saved_search_is_of_a_known_page": lambda: bend(a_saved_search(), page="people"),
    "a_record_has_one_search_document": lambda: [
        SearchDocument.objects.create(kind="law", row=1, public=True, slug="laki", names="laki", words="laki")
        for _ in range(2)
    ],
    "regions_synonym_slug_key": lambda: [Synonym.objects.create(slug="sama") for _ in range(2)],
    "regions_searchmiss_word_key": lambda: [
        SearchMiss.objects.create(word="sama", last_on=date(2026, 11, 27)) for _ in range(2)
    ],
    "regions_searchmiss_times_check": lambda: SearchMiss.objects.create(
        word="sana", times=-1, last_on=date(2026, 11, 27)
    ),
    "the_registry_has_one_version": lambda: RegistryVersion.objects.create(id=2, number=1),
    "regions_registryversion_id_check": lambda: RegistryVersion.objects.create(id=-1, number=1),
    "a_sign_in_letter_is_for_an_account_or_an_invitation": lambda: a_sign_in_letter(invitation=an_invitation()),
    "regions_signinletter_invitation_id_key": lambda: [
        a_sign_in_letter(kind="invitation", user=None, invitation=invitation) for invitation in [an_invitation()] * 2
    ],
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_the_database_refuses_by_name(name: str) -> None:
    assert refused_by(VIOLATIONS[name]) == name


def test_every_rule_that_the_database_keeps_is_broken_here() -> None:
    assert kept("regions") == VIOLATIONS.keys()


def test_every_rule_that_the_models_declare_is_kept() -> None:
    assert declared("regions") <= kept("regions")
