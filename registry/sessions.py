"""Sessions, where two pools of web servers answer: who has signed in does not wait behind readers."""

from contextlib import suppress

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from registry.lib import session_times

POOL = "X-Pool"  # the proxy says by which pool it wants the request answered (.docker/proxy/nginx.conf)
PEOPLE, STRANGER = "people", "@stranger"


class Sessions(SessionMiddleware):
    """The library's sessions, read at once: one look-up tells whether a cookie names a living session.

    A request for the people's pool without a session of an account goes back to the proxy, which counts it to its
    address and has the other pool answer it. A cookie that names no session is deleted with the answer.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        """Read the session that the cookie names; return the way to the other pool for a stranger."""
        super().process_request(request)
        signed_in = False
        with suppress(Error):  # whoever needs the database meets its fault, with a page for it
            signed_in = not request.session.is_empty() and SESSION_KEY in request.session
            if signed_in and not session_times.extend(request.session, timezone.now()):
                request.session.flush()
                signed_in = False
            if request.headers.get(POOL) == PEOPLE and not signed_in:
                return HttpResponse(headers={"X-Accel-Redirect": STRANGER})
        return None

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Store a changed session; an answer that leads to the other pool carries nothing of it."""
        if "X-Accel-Redirect" in response.headers:
            return response
        return super().process_response(request, response)
