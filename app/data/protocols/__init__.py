"""The built-in protocol documents, and documents that a request brings, made ready to judge by.

A document's digest is the SHA-256 of its RFC 8785 canonical JSON. What is compiled is that
canonical form, so documents of one digest cannot differ in anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import rfc8785

from app.data import dictionaries
from app.data.criteria import criteria_ids, load_catalogue, load_without_criteria
from app.data.strict_yaml import read_yaml
from app.domain.adjudication.protocol import ReadyProtocol, read_document, ready
from app.domain.ctcae.errors import UnknownDictionary
from app.domain.enrolment import gate_rules
from app.domain.errors import BadProtocol, DomainError, Fault

_COMPILED_AT_ONCE = 64


class UnknownProtocol(DomainError):
    """There is no protocol with that id."""

    code = "unknown_protocol"

    def __init__(self, protocol_id: str) -> None:
        super().__init__(
            f"There is no protocol {protocol_id!r}; there are {', '.join(protocol_ids())}."
        )


class UnknownVersion(DomainError):
    """The protocol has no such version."""

    code = "unknown_version"

    def __init__(self, protocol_id: str, version: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"Protocol {protocol_id} has no version {version!r}; it has {', '.join(known)}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltIn:
    """A packaged document as written, and made ready."""

    document: Mapping[str, Any]
    ready: ReadyProtocol


def protocol_ids() -> tuple[str, ...]:
    """The ids of the built-in protocols, in order."""
    return tuple(sorted(_names()))


def versions(protocol_id: str) -> tuple[str, ...]:
    """The versions of a protocol, latest last. Raises UnknownProtocol."""
    try:
        return _names()[protocol_id]
    except KeyError:
        raise UnknownProtocol(protocol_id) from None


def has(protocol_id: str, version: str) -> bool:
    """Whether this version of this protocol is built in."""
    return version in _names().get(protocol_id, ())


@cache
def load(protocol_id: str, version: str | None = None) -> BuiltIn:
    """A built-in version; the latest when none is asked.

    Raises UnknownProtocol and UnknownVersion, which name those that are there, and BadProtocol
    for a packaged document that cannot be used.
    """
    known = versions(protocol_id)
    if version is None:
        return load(protocol_id, known[-1])
    if version not in known:
        raise UnknownVersion(protocol_id, version, known)
    name = f"{protocol_id}-{version}"
    document = read_yaml(files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
    compiled = make_ready(document)
    if (compiled.document.id, compiled.document.version) != (protocol_id, version):
        fault = Fault(pointer="/id", message=f"the file is named {name}", code="misnamed")
        raise BadProtocol(name, (fault,))
    return BuiltIn(document=document, ready=compiled)


def make_ready(document: Mapping[str, Any]) -> ReadyProtocol:
    """Join a parsed document with its dictionary and the synonyms.

    The last few are kept, by their content. Raises BadProtocol with every fault.
    """
    return _compiled(canonical_text(document).encode())


def ready_of_canonical(text: str) -> ReadyProtocol:
    """The same, of a text that `canonical_text` made."""
    return _compiled(text.encode())


def canonical_text(document: Mapping[str, Any]) -> str:
    """The RFC 8785 text of a document, which its digest covers. Raises BadProtocol."""
    try:
        return rfc8785.dumps(dict(document)).decode()
    except (rfc8785.CanonicalizationError, RecursionError) as error:
        why = "it is within itself" if isinstance(error, RecursionError) else str(error)
        fault = Fault(pointer="", message=f"it has no canonical form: {why}", code="not_canonical")
        raise BadProtocol(str(document.get("id", "(without id)")), (fault,)) from error


@lru_cache(maxsize=_COMPILED_AT_ONCE)
def _compiled(canonical: bytes) -> ReadyProtocol:
    document = read_document(json.loads(canonical))
    try:
        dictionary = dictionaries.load(document.grading.dictionary)
    except UnknownDictionary as error:
        fault = Fault(pointer="/grading/dictionary", message=str(error), code=error.code)
        raise BadProtocol(document.id, (fault,)) from error
    synonyms = dictionaries.synonyms_of(dictionary.id)
    catalogue = None
    if dictionary.id in criteria_ids():
        catalogue = load_catalogue(dictionary.id)
    elif any(own.measured for own in document.grading.own_terms):
        catalogue = load_without_criteria(dictionary.id, dictionary.title)
    digest = f"sha256:{sha256(canonical).hexdigest()}"
    made = ready(document, digest, dictionary, synonyms, catalogue)
    if document.enrolment is not None:
        gate_rules(made)  # refused here, not when somebody asks who may be dosed next
    return made


@cache
def _names() -> Mapping[str, tuple[str, ...]]:
    """The versions by protocol, told from the file names `<id>-<version>.yaml`."""
    found: dict[str, list[str]] = {}
    for entry in files(__name__).iterdir():
        if entry.name.endswith(".yaml"):
            protocol_id, _, version = entry.name.removesuffix(".yaml").rpartition("-")
            found.setdefault(protocol_id, []).append(version)
    return {each: tuple(sorted(known, key=_rank)) for each, known in found.items()}


def _rank(version: str) -> tuple[tuple[int, str], ...]:
    """Sorts 1, 2, 10 and 1.9, 1.10 as people number them."""
    return tuple((int(part) if part.isdecimal() else 0, part) for part in version.split("."))
