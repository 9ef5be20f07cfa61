"""Files in forms: only the views that say so take them, and no more bytes than they say are kept anywhere."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from registry.lib import file_store

Arguments = ParamSpec("Arguments")
Response = TypeVar("Response")
IN_MEMORY = 1_000_000  # bytes of a file that wait in memory; the rest waits in the folder of the files, without a name
MOST = "most_bytes"  # the attribute of a view that takes files


def takes_files(most: int) -> Callable[[Callable[Arguments, Response]], Callable[Arguments, Response]]:
    """Let a view take files of at most so many bytes together: ``@takes_files(MOST_BYTES)``."""

    def marked(view: Callable[Arguments, Response]) -> Callable[Arguments, Response]:
        setattr(view, MOST, most)
        return view

    return marked


def bound(request: HttpRequest, view: object) -> None:
    """Keep of the files of a request what the view takes: nothing, unless it says so."""
    request.upload_handlers = [Bounded(request, getattr(view, MOST, 0))]


class Bounded(FileUploadHandler):
    """Reads every file of a form to its end, and keeps so many bytes of all; a file that is cut has more than those.

    Its form can then say that it is too large, and how large it was if it came alone.
    """

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self._most = self._left = most
        self._file: Any = None
        self._cut = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        super().new_file(*args, **kwargs)
        self._cut = False
        where = str(file_store.folder()) if self._left and file_store.is_writable() else None
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY, dir=where)  # noqa: SIM115 - closed by Django

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep the chunk, as long as there is room."""
        if len(raw_data) <= self._left:
            self._file.write(raw_data)
        else:
            self._cut = True
        self._left = max(self._left - len(raw_data), 0)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """Return the file."""
        self._file.seek(0)
        size = max(file_size, self._most + 1) if self._cut else file_size
        return UploadedFile(self._file, self.file_name, self.content_type, size, self.charset)

    def upload_interrupted(self) -> None:
        """Forget what came."""
        if self._file is not None:
            self._file.close()
