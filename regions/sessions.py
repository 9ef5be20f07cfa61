"""Sessions of an account: ended together, where its rights or its address were changed."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from .models import User


def end_all(user: User) -> int:
    """End the sessions of ``user`` in all browsers; return how many. What a session holds is known to itself alone."""
    own = [
        session.pk for session in Session.objects.iterator() if session.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    return Session.objects.filter(pk__in=own).delete()[0]
