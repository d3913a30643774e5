"""One application behind uvicorn on a socket that is already open: `… served FACTORY FD`."""

import socket
import sys

import uvicorn

from benchmarks import http
from benchmarks.measure import unpin

FACTORIES = {"service": http.service, "echo": http.echo_app}


def main() -> None:
    """Serve until told to stop."""
    name, descriptor = sys.argv[1:]
    unpin()
    server = uvicorn.Server(uvicorn.Config(FACTORIES[name](), log_level="error", access_log=False))
    server.run(sockets=[socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main()
