"""How gunicorn serves the portal: ``gunicorn registry.wsgi --config python:registry.web_server``.

A proxy stands before it, reads requests whole and drops who is slow (``.docker/proxy``). Where it is missing, a thread
waits only so long for the next part of a request or for a reader, so that the site comes back by itself.
"""

import gc
import os
import socket
import struct
from typing import Any

worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))  # a thread holds one connection to the database
keepalive = 5  # seconds; the proxy keeps no connection
timeout = 120  # seconds until a worker that stands still is replaced
graceful_timeout = 30
accesslog = "-"
logger_class = "registry.access_log.AccessLog"
control_socket_disable = True

RECEIVING, SENDING = 10, 30  # seconds without a byte


def when_ready(server: Any) -> None:
    """Give the listening sockets the limits that every accepted connection inherits from them."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", RECEIVING, 0))
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SENDING, 0))


def post_worker_init(worker: Any) -> None:
    """Leave what the worker has loaded to no garbage collector: it stays, and is much to look through again."""
    gc.collect()
    gc.freeze()
