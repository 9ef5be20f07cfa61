"""The addresses that tests of leaks read, and the whole text of their answers."""

from typing import Any

LISTS = (
    *("home", "about", "accessibility", "privacy", "health", "regions", "organisations", "groups", "people"),
    *(
        "programmes",
        "pilots",
        "pilots_csv",
        "results",
        "results_csv",
        "laws",
        "laws_csv",
        "rounds",
        "news",
        "my_page",
        "deputy",
        "addresses",
        "my_proposals",
        "desk",
        "all_proposals",
    ),
    *(
        "all_proposals_csv",
        "answers_csv",
        "print_proposals",
        "messages",
        "messages_csv",
        "new_round",
        "invite",
        "rounds_ics",
        "alive",
    ),
    *("reconciliations", "my_letters", "letters", "sitemap", "robots_txt", "security_txt"),
    *(f"{name}_atom" for name in ("pilots", "results", "laws", "rounds", "news", "programmes")),
    *("organisations_atom", "groups_atom", "search_atom"),
)


def text_of(answer: Any) -> str:
    """Return the whole text of an answer, also of a streamed file."""
    return answer.getvalue().decode()
