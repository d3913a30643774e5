"""Elements of FHIR resources, read strictly: only those that are asked for, each of its type.

FHIR is open: what nobody asks for is passed over. What changes the meaning of an element that is
read is not: a `modifierExtension` that is not known is refused (FHIR R4, 2.4.1.2).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.interchange.fhir_json import Digits, Unfit

DATA_ABSENT: Final = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

_NUMBER = re.compile(r"-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
_REFERENCE = re.compile(r"(?:.*/)?(?P<type>[A-Z][A-Za-z]+)/(?P<id>[^/?#]+)(?:/_history/[^/]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coding:
    """A code of a system, with the words that it was sent with."""

    system: str | None
    code: str | None
    display: str | None
    chosen: bool = False
    """Whether a person chose this code, and others are translations of it (`userSelected`)."""

    @property
    def told(self) -> str:
        """All of it in one text: `system|code display`."""
        token = f"{self.system or ''}|{self.code or ''}"
        return token if self.display is None else f"{token} {self.display}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """A CodeableConcept: the words that were written, and what they were coded as."""

    text: str | None
    codings: tuple[Coding, ...]

    @property
    def word(self) -> str | None:
        """The concept as a person wrote it, else as its code is displayed, else the code."""
        displays = (coding.display for coding in self.codings)
        codes = (coding.code for coding in self.codings)
        return next((each for each in (self.text, *displays, *codes) if each), None)

    def codes(self, *systems: str) -> tuple[str, ...]:
        """Its codes of these systems."""
        return tuple(
            coding.code for coding in self.codings if coding.code and coding.system in systems
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a resource points to: `told` is "Type/id" where that is known, else as written."""

    told: str | None
    type: str | None = None
    id: str | None = None
    display: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element of a resource, and where it stands ("AdverseEvent.suspectEntity[0]")."""

    path: str
    value: Mapping[str, Any]
    names: Mapping[str, str] = field(default_factory=dict)
    """What the `fullUrl`s of the Bundle stand for, as "Type/id"."""
    known: tuple[str, ...] = ()
    """Modifier extensions that the reader understands."""

    def __post_init__(self) -> None:
        for each in _list(self.value.get("modifierExtension")):
            url = each.get("url") if isinstance(each, dict) else each
            if url not in self.known:
                raise Unfit(
                    "unknown_modifier",
                    f"{self.path} has the modifierExtension {str(url)[:200]!r}, which may turn "
                    "its meaning around and is not known: send it without, or enter it by hand",
                )

    def has(self, name: str) -> bool:
        """Whether the element has a value of this name."""
        return self.value.get(name) is not None

    def wrong(self, name: str, wanted: str) -> Unfit:
        """The error of an element that is not of its type."""
        found = self.value.get(name)
        return Unfit("bad_element", f"{self.path}.{name} is {_told(found)}: write {wanted}")

    def text(self, name: str) -> str | None:
        """A text (string, code, date, uri, …) as written; one that is blank is not there."""
        value = self.value.get(name)
        if value is None:
            return None
        if type(value) is not str:
            raise self.wrong(name, "a text")
        if not value.isprintable() and not _is_storable(value):
            raise self.wrong(name, "a text of characters that exist, without NUL")
        return value if value.strip() else None

    def flag(self, name: str) -> bool | None:
        """True or false."""
        value = self.value.get(name)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(name, "true or false")
        return value

    def number(self, name: str) -> str | None:
        """A number with its digits as sent."""
        value = self.value.get(name)
        if value is None:
            return None
        if not isinstance(value, Digits):
            raise self.wrong(name, "a number without quotes")
        if not _NUMBER.fullmatch(value):
            raise self.wrong(name, "a number of at most 40 digits and an exponent of two")
        return str(value)

    def child(self, name: str) -> "Element | None":
        """The one element of this name."""
        found = self.children(name)
        if len(found) > 1:
            raise self.wrong(name, "one only")
        return found[0] if found else None

    def children(self, name: str) -> list["Element"]:
        """The elements of this name: one, or a list of them."""
        if self.value.get(name) is None:
            return []
        found = _list(self.value.get(name))
        many = isinstance(self.value.get(name), list)
        for each in found:
            if not isinstance(each, dict):
                raise self.wrong(name, "an object, or a list of objects")
        return [
            Element(
                path=f"{self.path}.{name}[{at}]" if many else f"{self.path}.{name}",
                value=each,
                names=self.names,
            )
            for at, each in enumerate(found)
        ]

    def extensions(self, *urls: str) -> Iterator["Element"]:
        """Its extensions whose url ends so: their definitions were published in several guides."""
        for each in self.children("extension"):
            url = each.text("url") or ""
            if any(url == wanted or url.endswith(f"/{wanted}") for wanted in urls):
                yield each

    def concept(self, name: str) -> Concept | None:
        """A CodeableConcept."""
        found = self.concepts(name)
        if len(found) > 1:
            raise self.wrong(name, "one only")
        return found[0] if found else None

    def concepts(self, name: str) -> list[Concept]:
        """CodeableConcepts: one, or a list of them."""
        return [each.as_concept() for each in self.children(name)]

    def as_concept(self) -> Concept:
        """This element, which is a CodeableConcept."""
        return Concept(
            text=self.text("text"),
            codings=tuple(
                Coding(
                    system=each.text("system"),
                    code=each.text("code"),
                    display=each.text("display"),
                    chosen=bool(each.flag("userSelected")),
                )
                for each in self.children("coding")
            ),
        )

    def reference(self, name: str) -> Reference | None:
        """A Reference; of a CodeableReference (R5), the reference in it."""
        child = self.child(name)
        if child is None:
            return None
        inner = (
            child.child("reference") if isinstance(child.value.get("reference"), dict) else None
        )
        return (inner or child).as_reference()

    def as_reference(self) -> Reference:
        """This element, which is a Reference."""
        written, display = self.text("reference"), self.text("display")
        kind = (self.text("type") or "").rpartition("/")[2] or None
        if written is None:
            identifier = self.child("identifier")
            number = identifier.text("value") if identifier else None
            return Reference(told=number, type=kind, id=number, display=display)
        found = _REFERENCE.fullmatch(self.names.get(written, written))
        if "?" in written:
            raise self.wrong("reference", "an id: a search is not carried out here")
        if found is None:
            return Reference(told=written, type=kind, id=written, display=display)
        told = f"{found['type']}/{found['id']}"
        return Reference(told=told, type=found["type"], id=found["id"], display=display)

    def absent(self, name: str) -> str | None:
        """Why a primitive has no value (`_name`), or an element (in its own extension)."""
        for holder in (f"_{name}", name):
            value = self.value.get(holder)
            if isinstance(value, dict):
                reason = Element(path=f"{self.path}.{holder}", value=value).absent_itself()
                if reason is not None:
                    return reason
        return None

    def absent_itself(self) -> str | None:
        """Why this element has no value."""
        for each in self.children("extension"):
            if each.text("url") == DATA_ABSENT:
                return each.text("valueCode") or "unknown"
        return None


class Cells:
    """The variables of a row as they are filled; one that is blank is not there."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}

    def put(self, variable: str, value: str | None) -> None:
        """Write a cell."""
        if value is not None and value.strip():
            self.fields[variable] = value

    def absent(self, variable: str, reason: str | None) -> None:
        """Keep why a variable has no value, in a variable beside it."""
        self.put(f"{variable}_ABSENT", reason)

    def text(self, variable: str, element: Element, name: str) -> None:
        """Write a text as sent, and why it is absent."""
        self.put(variable, element.text(name))
        self.absent(variable, element.absent(name))

    def once(self, variable: str, value: str | None, where: str) -> None:
        """Write a cell that may be told in two places. Raises Unfit where these differ."""
        told = self.fields.get(variable)
        if told is not None and value is not None and told != value:
            raise Unfit(
                "contradiction",
                f"{where} tells {variable} twice, {told!r} and {value!r}: send the one that holds",
            )
        self.put(variable, value)


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _told(value: Any) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return f"a list of {len(value)}"
        case Digits():
            return f"the number {value[:60]}"
        case bool():
            return str(value).lower()
        case _:
            return repr(value[:60] if isinstance(value, str) else value)


def _is_storable(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= each <= "\udfff" for each in value)
