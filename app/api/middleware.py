"""What every request passes, outermost first: id and headers, HEAD, the door, bodies' size."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from fastapi.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import SECURITY_HEADERS, BodyTooLarge, Unauthorized, domain_problem
from app.api.keyring import Keyring
from app.clock import NewId
from app.domain.errors import DomainError
from app.domain.record.origin import Actor

_THROWN_AWAY_AT_MOST: Final = 64 * 1024 * 1024
ANYBODY: Final = Actor(id="anonymous", kind="machine", role="admin", study=None, auth_method="off")
"""Who asks while authentication is off."""
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")


class Stamp:
    """Gives each request an id, or keeps a well-formed one of the caller's, and answers with it
    and the security headers that the answer does not set itself.
    """

    def __init__(self, app: ASGIApp, new_id: NewId) -> None:
        self.app = app
        self.new_id = new_id
        self.headers = [_raw(name, value) for name, value in SECURITY_HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _REQUEST_ID.fullmatch(asked) else str(self.new_id())
        scope.setdefault("state", {})["request_id"] = request_id

        async def stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                stamps = (*self.headers, _raw("X-Request-Id", request_id))
                given += [header for header in stamps if header[0] not in names]
                message["headers"] = given
            await send(message)

        await self.app(scope, receive, stamped)


class HeadAsGet:
    """Answers HEAD as GET without the body: wherever GET is, HEAD is (RFC 9110 §9.1)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = b""
            await send(message)

        await self.app({**scope, "method": "GET"}, receive, without_body)


class Door:
    """Lets in whom a key that works speaks for; the open paths are for everybody."""

    def __init__(self, app: ASGIApp, open_paths: Iterable[str], keyring: Keyring) -> None:
        self.app = app
        self.open_paths = frozenset(open_paths)
        self.keyring = keyring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan" or scope["path"] in self.open_paths:
            await self.app(scope, receive, send)
            return
        try:
            actor = await self.keyring.actor_of(_bearer_token(scope))
        except DomainError as error:
            await domain_problem(scope, error)(scope, receive, send)
            return
        if actor is None:
            await domain_problem(scope, Unauthorized())(scope, receive, send)
            return
        scope["state"]["actor"] = actor
        await self.app(scope, receive, send)


class NoDoor:
    """Lets everybody in as the same, who may do everything: authentication is off."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "lifespan":
            scope["state"]["actor"] = ANYBODY
        await self.app(scope, receive, send)


def _bearer_token(scope: Scope) -> str:
    """The token of the request; empty where it has none, or names two."""
    given = Headers(scope=scope).getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


class BodyLimit:
    """Refuses bodies over a limit, announced or not, before they are held in memory.

    What is refused is read on and thrown away, within bounds: most clients look for the answer
    only when they have sent everything.
    """

    def __init__(self, app: ASGIApp, most: Callable[[Scope], int]) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, most = Headers(scope=scope), self.most(scope)
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > most:
            if "expect" not in headers:
                await _throw_away(receive)
            await domain_problem(scope, BodyTooLarge(most))(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                if message.get("more_body", False):
                    await _throw_away(receive)
                raise BodyTooLarge(most)
            return message

        await self.app(scope, counted, send)


async def _throw_away(receive: Receive) -> None:
    left = _THROWN_AWAY_AT_MOST
    while left > 0:
        message = await receive()
        left -= len(message.get("body", b""))
        if not message.get("more_body", False):
            return


def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode("latin-1"), value.encode("latin-1")
