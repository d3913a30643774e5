"""Running the service: a listening socket, a server, and logs that name no patient."""

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI

from app.loaded import leave_out_of_collection

_BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A socket that takes connections from now on; port 0 chooses one. Raises OSError."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=_BACKLOG)


def address_of(listening: socket.socket) -> str:
    """The URL at which the socket is reached."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(app: FastAPI, listening: socket.socket) -> None:
    """Serve until the process is told to stop."""
    leave_out_of_collection()
    _server(app).run(sockets=[listening])


@contextmanager
def running(app: FastAPI, listening: socket.socket) -> Iterator[None]:
    """Serve in the background as long as the block runs."""
    server = _server(app, log_level="warning")
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _server(app: FastAPI, log_level: str = "info") -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        log_config=_LOGGING,
        log_level=log_level,
        access_log=False,  # paths will name patients
        server_header=False,
    )
    return uvicorn.Server(config)


def without_message(record: logging.LogRecord) -> bool:
    """Keep where an exception came from, and leave out its message: it may quote a record."""
    if record.exc_info and record.exc_info[0]:
        kind, _, trace = record.exc_info
        record.exc_text = "".join(traceback.format_tb(trace)) + kind.__qualname__
    return True


_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_message": {"()": lambda: without_message}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "filters": ["without_message"],
        }
    },
    "loggers": {"uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
