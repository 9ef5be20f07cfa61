"""Who gets what answer at every address: the literal table of addresses by people, for GET and for POST."""

from tests.sitemap import INSIDE, OUT, Scene, address

PEOPLE = ("out", *INSIDE)
# Columns: all who are signed out; reader, officer, decider; preparer (an editor of the proposal), colleague (of the
# same organisation), stranger (of another); technical administrator. GET before the bar, POST behind it.
TABLE = """
health                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
alive                            200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
home                             200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
about                            200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
accessibility                    200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
privacy                          200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
unsaved                          302 302 302 302 302 302 302 302 | 302 302 302 302 302 302 302 302
account_login                    200 302 302 302 302 302 302 302 | 200 302 302 302 302 302 302 302
account_logout                   302 200 200 200 200 200 200 200 | 302 302 302 302 302 302 302 302
account_inactive                 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
account_signup                   200 302 302 302 302 302 302 302 | 200 302 302 302 302 302 302 302
account_reauthenticate           302 200 200 200 200 200 200 200 | 302 200 200 200 200 200 200 200
account_email                    302 200 200 200 200 200 200 200 | 302 302 302 302 302 302 302 302
account_email_verification_sent  200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
account_change_password          302 200 200 200 200 200 200 200 | 302 200 200 200 200 200 200 200
account_set_password             302 302 302 302 302 302 302 302 | 302 302 302 302 302 302 302 302
account_reset_password           200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200
account_confirm_login_code       302 302 302 302 302 302 302 302 | 302 302 302 302 302 302 302 302
account_confirm_email            200 200 200 200 200 200 200 200 | 404 404 404 404 404 404 404 404
account_reset_password_from_key_done 200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
account_reset_password_from_key  200 200 200 200 200 200 200 200 | 200 200 200 200 200 200 200 200
account_reset_password_done      200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
regions                          200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
region                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
organisations                    200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
organisation                     200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
groups                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
group                            200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
people                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
person                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
my_page                          302 200 200 200 200 200 200 200 | 302 200 200 200 200 200 200 200
invite                           302 403 200 200 200 200 200 403 | 302 403 200 200 200 200 200 403
accept_invitation                200 409 409 409 409 409 409 409 | 200 409 409 409 409 409 409 409
programmes                       200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
programme                        200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
pilots                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
pilots_csv                       200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
pilot                            200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
edit_pilot                       302 403 200 200 403 403 403 403 | 302 403 422 422 403 403 403 403
publish_pilot                    302 405 405 405 405 405 405 405 | 302 403 302 302 403 403 403 403
rounds                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
new_round                        302 403 200 200 403 403 403 403 | 302 403 422 422 403 403 403 403
round                            200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
edit_round                       302 403 200 200 404 404 404 404 | 302 403 422 422 404 404 404 404
publish_round                    302 405 405 405 405 405 405 405 | 302 403 302 302 404 404 404 404
round_desk                       302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
rehearsal                        302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
rehearsed_letters                302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
move_deadline                    302 403 200 200 403 403 403 403 | 302 403 422 422 403 403 403 403
extend_deadline                  302 403 200 200 403 403 403 403 | 302 403 422 422 403 403 403 403
cancel_round                     302 403 200 200 403 403 403 403 | 302 403 422 422 403 403 403 403
start_proposal                   302 403 403 403 200 200 200 403 | 302 403 403 403 400 400 400 403
news                             200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
news_item                        200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
my_proposals                     302 403 403 403 200 200 200 403 | 302 405 405 405 405 405 405 405
proposal                         302 200 200 200 200 200 404 404 | 302 405 405 405 405 405 405 405
edit_section                     302 403 403 403 200 403 404 404 | 302 403 403 403 409 403 404 404
check_proposal                   302 403 403 403 200 403 404 404 | 302 405 405 405 405 405 405 405
submit_proposal                  302 403 403 403 302 403 404 404 | 302 403 403 403 409 403 404 404
receipt                          302 200 200 200 200 200 404 404 | 302 405 405 405 405 405 405 405
withdraw_proposal                302 403 403 403 200 403 404 404 | 302 403 403 403 302 403 404 404
editors                          302 403 403 403 200 403 404 404 | 302 403 403 403 400 403 404 404
rounds_ics                       200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
round_ics                        200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
step_ics                         200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
region_ics                       200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
my_ics                           200 200 200 200 200 200 200 200 | 405 405 405 405 405 405 405 405
save_wishes                      302 405 405 405 405 405 405 405 | 302 302 302 302 302 302 302 302
renew_calendar                   302 405 405 405 405 405 405 405 | 302 302 302 302 302 302 302 302
unsubscribe                      200 200 200 200 200 200 200 200 | 400 400 400 400 400 400 400 400
desk                             302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
all_proposals                    302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
all_proposals_csv                302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
messages                         302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
messages_csv                     302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
message                          302 200 200 200 200 404 404 404 | 302 405 405 405 405 405 405 405
reconciliations                  302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
reconciliation                   302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
told_person                      302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
told_organisation                302 200 200 200 403 403 403 403 | 302 405 405 405 405 405 405 405
my_letters                       302 200 200 200 200 200 200 200 | 302 405 405 405 405 405 405 405
"""


def answers() -> dict[str, dict[str, dict[str, int]]]:
    """Return the table as {address name: {"GET" or "POST": {person: status}}}."""
    table: dict[str, dict[str, dict[str, int]]] = {}
    for line in TABLE.strip().splitlines():
        name, codes = line.split(maxsplit=1)
        table[name] = {
            method: dict(zip(PEOPLE, map(int, half.split()), strict=True))
            for method, half in zip(("GET", "POST"), codes.split("|"), strict=True)
        }
    return table


def expected(name: str, method: str, actor: str) -> int:
    """Return the status that the table promises."""
    return answers()[name][method]["out" if actor in OUT else actor]


def pages(scene: Scene, actor: str) -> list[tuple[str, str]]:
    """Return (name, address) of every page that ``actor`` can read, in the active language."""
    readable = [name for name in answers() if expected(name, "GET", actor) == 200]
    return [
        (name, address(scene, name))
        for name in readable
        if not name.endswith(("_csv", "_ics")) and name not in {"health", "alive"}
    ]
