"""The rules that the database keeps of attachments, each broken once."""

from typing import Any

from django.utils import timezone

from pilots.models import Attachment
from regions.models import User
from tests.constraints.refusal import Violate, again, an_account, bend
from tests.factories import make_attachment, make_organisation, make_proposal, make_round, send_with_files

NOW = timezone.now()


def a_file(**fields: Any) -> Attachment:
    """Return a scanned file of a draft."""
    return make_attachment(
        make_proposal(make_round(), an_account(User.Role.PREPARER, make_organisation())),
        **{"stored": "0" * 32, **fields},
    )


def a_sent_file() -> Attachment:
    attachment = a_file()
    send_with_files(attachment.proposal, NOW)
    attachment.refresh_from_db()
    return attachment


VIOLATIONS: dict[str, Violate] = {
    "pilots_attachment_stored_key": lambda: again(a_file()),
    "an_attachment_is_stored_under_a_random_name": lambda: a_file(stored="../liite.pdf"),
    "an_attachment_has_a_sha256_of_64_digits": lambda: a_file(sha256="F" * 64),
    "an_attachment_has_a_name_and_a_known_kind": lambda: a_file(kind="exe"),
    "an_attachment_has_at_most_20_megabytes": lambda: a_file(size=20 * 1024 * 1024 + 1),
    "an_attachment_is_scanned_when_its_result_is_known": lambda: a_file(scan="clean", scanned_at=None),
    "only_a_sent_attachment_stays_when_it_is_removed": lambda: bend(
        a_file(), removed_at=NOW, removed_by=an_account(User.Role.PREPARER)
    ),
    "an_attached_file_never_changes": lambda: bend(a_sent_file(), first_sent=None),
}
