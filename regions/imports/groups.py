"""The kinds of records of the people and the groups that prepare."""

from regions.models import Document, Group, GroupContact, LogEntry, MandateItem, Membership, Person, Post

from .engine import Spec

KINDS = (
    Spec(
        "people",
        Person,
        file="groups.json",
        fields=("name", "checked_on"),
        children=(
            Spec("posts", Post, parent="person", key=("organisation", "title_fi"), fields=("title_sv", "title_en")),
        ),
    ),
    Spec(
        "groups",
        Group,
        file="groups.json",
        fields=(
            "kind",
            "name",
            "other_names_fi",
            "parent",
            "successor",
            "regions",
            "set_within",
            "starting_point",
            "size",
            "members_known",
        ),
        children=(
            Spec("mandate", MandateItem, parent="group", key=("kind", "position"), numbered=True, fields=("text",)),
            Spec("log", LogEntry, parent="group", key=("position",), numbered=True, fields=("kind", "what")),
            Spec("documents", Document, parent="group", key=("kind",), fields=("url",)),
            Spec("members", Membership, parent="group", key=("person", "role", "validity"), fields=("organisation",)),
            Spec(
                "contacts",
                GroupContact,
                parent="group",
                key=("position",),
                numbered=True,
                fields=("post",),
                anew=True,
            ),
        ),
    ),
)
