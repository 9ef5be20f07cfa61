"""The access log of the web server: no secret address, no words of a search, no page that somebody came from."""

from typing import Any

from gunicorn.glogging import Logger

from registry.secret_addresses import page_of


def told(path: str) -> str:
    """Return what the log tells of a path: a secret address by the name of its page, any other without parameters."""
    path = path.partition("?")[0]
    page = page_of(path)
    return f"[{page}]" if page else path


class AccessLog(Logger):
    """The library's log of requests, without what nobody may read there."""

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        """Return the parts of a line."""
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)  # type: ignore[no-untyped-call]
        path = told(environ.get("PATH_INFO", ""))
        protocol = environ.get("SERVER_PROTOCOL", "")
        return {**atoms, "r": f"{environ.get('REQUEST_METHOD', '')} {path} {protocol}", "U": path, "q": "", "f": "-"}
