"""The access log of the web server: no secret address, no words of a search, no page that somebody came from."""

from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve
from django.utils.translation import get_language_from_path, override
from gunicorn.glogging import Logger

SECRET = {"my_ics", "accept_invitation", "account_reset_password_from_key", "unsubscribe"}


def told(path: str) -> str:
    """Return what the log tells of a path: a secret address by the name of its page, any other without parameters."""
    path = path.partition("?")[0]
    try:
        with override(get_language_from_path(path) or settings.LANGUAGE_CODE):  # addresses are translated
            name = resolve(path).url_name
    except Resolver404:
        return path
    return f"[{name}]" if name in SECRET else path


class AccessLog(Logger):
    """The library's log of requests, without what nobody may read there."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return the parts of a line."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)  # type: ignore[no-untyped-call]
        path = told(environ.get("PATH_INFO", ""))
        protocol = environ.get("SERVER_PROTOCOL", "")
        return {**atoms, "r": f"{environ.get('REQUEST_METHOD', '')} {path} {protocol}", "U": path, "q": "", "f": "-"}
