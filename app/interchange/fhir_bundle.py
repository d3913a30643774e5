"""A FHIR Bundle, entry by entry (https://hl7.org/fhir/R5/bundle.html)."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from app.interchange.fhir_json import NotJson, Unfit, parsed
from app.interchange.json_text import Element as Piece
from app.interchange.json_text import JsonText
from app.interchange.rows import LeftOut, UnreadableFile

READ: Final = ("collection", "searchset", "transaction", "batch")
"""Types of Bundles that hold resources as they now are."""

_MOST_NAMES: Final = 200_000
_HEADER: Final = ("resourceType", "type", "link")
_ID = re.compile(r"[^/?#\x00-\x1f]{1,200}")


def header_and_names(stream: BinaryIO) -> tuple[dict[str, Any], dict[str, str]]:
    """What a document says of itself, and what the `urn:`s of its entries stand for ("Type/id").

    The whole document is read, so that one which ends too early is refused before any row.
    Raises UnreadableFile: it is no JSON, or a Bundle of a type that is not read.
    """
    header: dict[str, Any] = {}
    names: dict[str, str] = {}
    for _, entry in entries_of(stream, header):
        if '"urn:' not in entry.text or not entry.whole:
            continue
        name = _name_of(entry.text)
        if name is not None:
            names[name[0]] = name[1]
        if len(names) > _MOST_NAMES:
            raise UnreadableFile(
                f"the Bundle has more than {_MOST_NAMES} entries that are named by a urn: send it "
                "in parts, or as NDJSON with references by id"
            )
    if header.get("resourceType") == "Bundle" and header.get("type") not in READ:
        raise UnreadableFile(
            f"a Bundle of type {str(header.get('type'))[:40]!r} is not read: send one of "
            + ", ".join(READ)
        )
    return header, names


def entries_of(stream: BinaryIO, header: dict[str, Any]) -> Iterator[tuple[int, Piece]]:
    """The entries of a Bundle and their places; the members beside them go into `header`."""
    text = JsonText(stream)
    text.take("{", "the document")
    seen: set[str] = set()
    more = text.next_sign() != "}"
    while more:
        name = _member(text)
        if name in seen and name in {*_HEADER, "entry"}:
            raise UnreadableFile(f"the Bundle has {name} twice: send it once")
        seen.add(name)
        if name == "entry":
            yield from _elements(text)
        else:
            _note(header, name, text.element(name))
        more = text.take(",}", f"after {name}") == ","
    if not seen:
        text.take("}", "the document")
    if text.next_sign():
        raise UnreadableFile(
            f"{text.next_sign()!r} follows after the end of the document: a file holds one "
            "Bundle, one resource, or one resource a line"
        )


def resource_of(entry: Any, place: str) -> Any:
    """The resource of an entry, or what the entry is instead (LeftOut). Raises Unfit."""
    if not isinstance(entry, dict):
        raise Unfit("bad_element", "an entry is an object with a resource")
    request, search = entry.get("request"), entry.get("search")
    request = request if isinstance(request, dict) else {}
    method = request.get("method")
    if method in {"GET", "HEAD"}:
        return LeftOut(number=0, place=place, what=f"request {method}")
    if method in {"DELETE", "PATCH"}:
        raise Unfit(
            "request_not_read",
            f"the entry asks to {method} {str(request.get('url'))[:200]!r}, which does not say "
            "whose it is: send the resource, with status entered-in-error where it has to go",
        )
    if isinstance(search, dict) and search.get("mode") == "outcome":
        return LeftOut(number=0, place=place, what="outcome of a search")
    if entry.get("resource") is None:
        raise Unfit("no_resource", "the entry has no resource: send one with it")
    if entry.get("modifierExtension"):
        raise Unfit("unknown_modifier", "the entry has a modifierExtension: send it without")
    return entry["resource"]


def _member(text: JsonText) -> str:
    if text.next_sign() != '"':
        text.take('"', "the name of a member")
    piece = text.element("the name of a member")
    try:
        name = parsed(piece.text) if piece.whole else None
    except NotJson:
        name = None
    if type(name) is not str:
        raise UnreadableFile("the name of a member cannot be read: send the file again")
    text.take(":", f"after {name[:100]!r}")
    return name


def _elements(text: JsonText) -> Iterator[tuple[int, Piece]]:
    text.take("[", "entry")
    if text.next_sign() == "]":
        text.take("]", "entry")
        return
    at = 0
    while True:
        yield at, text.element(f"entry {at}")
        if text.take(",]", f"after entry {at}") == "]":
            return
        at += 1


def _note(header: dict[str, Any], name: str, piece: Piece) -> None:
    if name not in _HEADER or not piece.whole:
        return
    try:
        value = parsed(piece.text)
    except NotJson as problem:
        raise UnreadableFile(f"{name} cannot be read: {problem.problem}") from None
    if name != "link":
        header[name] = value
    elif isinstance(value, list) and any(
        isinstance(each, dict) and each.get("relation") == "next" for each in value
    ):
        header["next"] = True


def _name_of(text: str) -> tuple[str, str] | None:
    """The fullUrl of an entry, and the type and id (else the identifier) of its resource."""
    try:
        entry = parsed(text)
    except NotJson:
        return None
    match entry:
        case {"fullUrl": str(url), "resource": {"resourceType": str(kind), "id": str(own)}}:
            pass
        case {
            "fullUrl": str(url),
            "resource": {"resourceType": str(kind), "identifier": [{"value": str(own)}, *_]},
        }:
            pass
        case _:
            return None
    return (url, f"{kind}/{own}") if url.startswith("urn:") and _ID.fullmatch(own) else None
