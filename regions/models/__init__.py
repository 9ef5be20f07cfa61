"""The actors."""

from .accounts import MINISTRY, Invitation, User
from .areas import Municipality, Region
from .groups import Document, Group, GroupContact, LogEntry, MandateItem, Membership
from .heirs import Heir, heirs_of
from .kept_forms import KeptForm
from .networks import KnownNetwork
from .organisations import STATED, Coverage, Kind, Organisation, PlannedDay, Succession, Transfer
from .people import Person, Post
from .saved_searches import SavedSearch
from .search import SearchDocument, SearchMiss, SearchWord, Synonym
from .sign_in_letters import SignInLetter
from .sources import Source, Sourced
from .versions import ChangeMark, RegistryVersion

__all__ = [
    "MINISTRY",
    "STATED",
    "ChangeMark",
    "Coverage",
    "Document",
    "Group",
    "GroupContact",
    "Heir",
    "Invitation",
    "KeptForm",
    "Kind",
    "KnownNetwork",
    "LogEntry",
    "MandateItem",
    "Membership",
    "Municipality",
    "Organisation",
    "Person",
    "PlannedDay",
    "Post",
    "Region",
    "RegistryVersion",
    "SavedSearch",
    "SearchDocument",
    "SearchMiss",
    "SearchWord",
    "SignInLetter",
    "Source",
    "Sourced",
    "Succession",
    "Synonym",
    "Transfer",
    "User",
    "heirs_of",
]
