"""Status codes (RFC 3463): whose fault it is that a letter was refused for good, in answers and in reports alike.

Only a fault of the address stops letters to it. A receiver's trouble passes; and where we are refused, every address
would be blamed in turn for what we have to mend.
"""

import re
from enum import Enum, auto


class Blame(Enum):
    """Whose fault a refusal is."""

    ADDRESS = auto()  # there is no such mailbox, or no such domain: no letter will ever arrive
    PASSES = auto()  # the mailbox or its server is in trouble: a later letter may arrive
    OURS = auto()  # our server, our sender or our letter is refused: operations have to mend it
    TIME = auto()  # a server on the way gave up waiting


# The subject and the detail of a code of class 5; a row without a detail is of all other codes of the subject.
TABLE: dict[tuple[int, int] | tuple[int], Blame] = {
    (0,): Blame.PASSES,  # other: the words decide
    (1, 1): Blame.ADDRESS,  # bad destination mailbox
    (1, 2): Blame.ADDRESS,  # bad destination system
    (1, 3): Blame.ADDRESS,  # bad syntax of the mailbox
    (1, 6): Blame.ADDRESS,  # the mailbox has moved, no forwarding address
    (1, 7): Blame.OURS,  # bad syntax of the sender's mailbox
    (1, 8): Blame.OURS,  # bad system of the sender
    (1, 10): Blame.ADDRESS,  # null MX: the domain takes no mail
    (1, 351): Blame.ADDRESS,  # Exchange Online: the remote server knows no such recipient
    (1,): Blame.PASSES,
    (2, 1): Blame.ADDRESS,  # mailbox disabled
    (2, 3): Blame.OURS,  # the letter is longer than the mailbox takes
    (2,): Blame.PASSES,  # full (2.2), and other troubles of a mailbox
    (3, 4): Blame.OURS,  # the letter is too big for the system
    (3,): Blame.PASSES,  # the receiving system
    (4, 4): Blame.ADDRESS,  # no route: the domain has no server
    (4, 310): Blame.ADDRESS,  # Exchange Online: the domain does not exist
    (4, 7): Blame.TIME,  # delivery time expired
    (4,): Blame.PASSES,  # the network
    (5,): Blame.OURS,  # the protocol that we speak
    (6,): Blame.OURS,  # the content of our letter
    (7,): Blame.OURS,  # security and policy: our sender or our server is not let in
}
CODE = re.compile(r"(?<![\d.])5\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# Words that say more than the code beside them, the first that fit.
WORDS = [
    (
        Blame.OURS,
        r"\bspam|\bspf\b|\bdkim\b|\bdmarc\b|unauthenticated mail|black ?list|block ?list|\brbl\b|reputation|banned"
        r"|sending ip|rate limit|too many (?:messages|connections)|relay(?:ing)? (?:access )?denied|virus|malware",
    ),
    (
        Blame.PASSES,
        r"(?:mailbox|inbox|storage|quota)[\w\s]{0,20}\b(?:full|exceeded)|over ?quota|quota exceeded|"
        r"insufficient (?:system )?storage|out of storage",
    ),
    (Blame.TIME, r"retry time[\w\s]{0,20}exceeded|delivery time expired|message expired|too long in the queue"),
    (
        Blame.ADDRESS,
        r"(?:user|recipient|mailbox|account|address|addressee)[\w\s:<>@.'\"-]{0,80}"
        r"(?:unknown|does ?n[o']t exist|not exist|not found|no longer|disabled|invalid|is inactive)"
        r"|(?:no such|unknown|invalid) (?:local )?(?:user|recipient|mailbox|address|account|person)"
        r"|no mailbox (?:here )?by that name|(?:host|domain)(?: name)? (?:unknown|not found|does ?n[o']t exist)",
    ),
]
PATTERNS = [(blame, re.compile(pattern, re.IGNORECASE)) for blame, pattern in WORDS]


def by_code(code: tuple[int, int]) -> Blame:
    """Return whose fault a code of class 5 is, given as subject and detail."""
    return TABLE.get(code) or TABLE.get(code[:1]) or Blame.PASSES


def blame(status: str, words: str) -> Blame:
    """Return whose fault a final refusal is, by its status (``5.1.1``; empty: the words may hold it) and its words.

    The words count where the code says nothing of its own, and where they say that it is not the address's fault.
    """
    found = CODE.search(status) or CODE.search(words)
    code = (int(found[1]), int(found[2])) if found else (0, 0)
    said = next((fault for fault, pattern in PATTERNS if pattern.search(words)), None)
    if said is not None and (code[0] == 0 or said is not Blame.ADDRESS):
        return said
    return by_code(code)
