"""A network that loses replies: of each connection's, so many bytes pass as the test says."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.crash.service import HOST

NOTHING: Final = -1
_AT_MOST: Final = 65_536
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Proxy:
    """Between clients and a server; every connection is cut sooner or later."""

    def __init__(self, server: int, passes: Callable[[], int]) -> None:
        """`server` is a port; `passes` is asked of each connection how many bytes of its replies
        do, and NOTHING cuts it when the first request has passed, while that is being answered.
        """
        self.port = 0
        self.cuts = 0
        """Connections on which a reply was lost, or a part of it."""
        self._server = server
        self._passes = passes
        self._end = asyncio.Event()
        self._open: set[asyncio.Task[None]] = set()

    def serve(self, listens: Callable[[asyncio.AbstractEventLoop], None]) -> None:
        """Serve until `end`; tell when it listens."""
        asyncio.run(self._serve(listens))

    def end(self) -> None:
        """Take no more connections."""
        self._end.set()

    async def _serve(self, listens: Callable[[asyncio.AbstractEventLoop], None]) -> None:
        async with await asyncio.start_server(self._accept, HOST, 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            listens(asyncio.get_running_loop())
            await self._end.wait()
        if self._open:  # their clients have gone, so they end by themselves
            await asyncio.wait(self._open, timeout=60)

    def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._connection(client, to_client))
        self._open.add(connection)
        connection.add_done_callback(self._open.discard)

    async def _connection(
        self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        replies, to_server = await asyncio.open_connection(HOST, self._server)
        asked = asyncio.Event()
        requests = asyncio.create_task(_pass_requests(client, to_server, asked))
        try:
            left = self._passes()
            if left == NOTHING:
                await asked.wait()
                self.cuts += 1
            while left >= 0 and (told := await replies.read(_AT_MOST)):
                to_client.write(told[:left])
                left -= len(told)
                self.cuts += left < 0
            with suppress(ConnectionError):
                await to_client.drain()
        finally:
            requests.cancel()
            to_client.close()
            to_server.close()


async def _pass_requests(
    client: asyncio.StreamReader, to_server: asyncio.StreamWriter, asked: asyncio.Event
) -> None:
    """All that a client sends; `asked` is set once its first request is whole."""
    first = b""
    with suppress(ConnectionError):
        while sent := await client.read(_AT_MOST):
            to_server.write(sent)
            await to_server.drain()
            first += b"" if asked.is_set() else sent
            head, _, body = first.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if length is not None and len(body) >= int(length[1]):
                asked.set()
    to_server.close()


@contextmanager
def losing_replies(server: int, passes: Callable[[], int]) -> Iterator[Proxy]:
    """A proxy before the server at a port of loopback, as long as the block runs."""
    proxy = Proxy(server, passes)
    listening: list[asyncio.AbstractEventLoop] = []
    ready = threading.Event()

    def listens(loop: asyncio.AbstractEventLoop) -> None:
        listening.append(loop)
        ready.set()

    thread = threading.Thread(target=proxy.serve, args=(listens,))
    thread.start()
    try:
        assert ready.wait(60)
        yield proxy
    finally:
        for loop in listening:
            loop.call_soon_threadsafe(proxy.end)
        thread.join()
