"""The kinds of records of the people and the groups that prepare."""

from regions.models import Document, Group, GroupContact, LogEntry, MandateItem, Membership, Person, Post

from .engine import Spec

KINDS = (
    Spec(
        "people",
        Person,
        file="groups.json",
        omit=("hidden",),  # hidden by the administrator; no file shows a person again
        children=(Spec("posts", Post, parent="person", key=("organisation", "title_fi"), omit=("email", "phone")),),
    ),
    Spec(
        "groups",
        Group,
        file="groups.json",
        children=(
            Spec("mandate", MandateItem, parent="group", key=("kind", "position"), numbered=True),
            Spec("log", LogEntry, parent="group", key=("position",), numbered=True),
            Spec("documents", Document, parent="group", key=("kind",)),
            Spec("members", Membership, parent="group", key=("person", "role", "validity")),
            Spec("contacts", GroupContact, parent="group", key=("position",), numbered=True, anew=True),
        ),
    ),
)
