"""Validation's findings as faults: where, a stable code, a sentence, and no patient's data."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Protocol

from app.api.pointers import parts_of, pointer_into, pointer_into_document, value_at
from app.api.schemas.problem import FaultItem
from app.domain.errors import Fault
from app.domain.pointers import unescape

_LONGEST_VALUE = 100
_LONGEST_NAME = 80

CODES: Mapping[str, str] = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "unexpected_keyword_argument": "unknown_field",
    "literal_error": "not_an_option",
    "string_pattern_mismatch": "bad_format",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "greater_than": "out_of_range",
    "greater_than_equal": "out_of_range",
    "less_than": "out_of_range",
    "less_than_equal": "out_of_range",
    "string_type": "wrong_type",
    "string_unicode": "wrong_type",
    "int_type": "wrong_type",
    "int_parsing": "wrong_type",
    "int_parsing_size": "out_of_range",
    "int_from_float": "wrong_type",
    "decimal_type": "wrong_type",
    "decimal_parsing": "wrong_type",
    "bool_type": "wrong_type",
    "bool_parsing": "wrong_type",
    "list_type": "wrong_type",
    "tuple_type": "wrong_type",
    "dict_type": "wrong_type",
    "mapping_type": "wrong_type",
    "dataclass_type": "wrong_type",
    "model_attributes_type": "wrong_type",
    "value_error": "invalid",
}
"""Stable codes for pydantic's; its others, such as `one_of_two`, are ours already."""

_MESSAGES: Mapping[str, str] = {
    "missing": "is required",
    "string_type": "write text",
    "string_unicode": "write text",
    "int_type": "write a whole number",
    "int_parsing": "write a whole number",
    "int_from_float": "write a whole number",
    "decimal_type": "write a number",
    "decimal_parsing": "write a number",
    "bool_type": "write true or false",
    "list_type": "write a list",
    "tuple_type": "write a list",
    "dict_type": "write an object",
    "mapping_type": "write an object",
    "dataclass_type": "write an object",
    "model_attributes_type": "write an object",
}

_PYDANTIC_BEGINS = ("Input should", "String should", "Field required", "Tuple should")

_KINDS = frozenset({"union_tag_invalid", "union_tag_not_found"})
"""Of an object of which one field says what kind it is."""

_WORDS_ABOUT_NOBODY = frozenset({"relatedness", "soc", "time_zone"})
_VALUES_ABOUT_NOBODY = frozenset(
    {
        "as_of",
        "baseline_grade",
        "clinically_significant",
        "congenital_anomaly",
        "date",
        "death",
        "disability",
        "end",
        "follow_up_until",
        "from",
        "grade",
        "hospitalisation",
        "laboratory",
        "life_threatening",
        "limit",
        "meddra_code",
        "medically_important",
        "on",
        "ongoing",
        "ongoing_as_of",
        "start",
        "value",
        "worst_grade",
    }
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LIKE_A_TIME = re.compile(r"[0-9TZ:+.,/-]+")


class KnownNames(Protocol):
    """Tells which fields an object may have."""

    def at(self, pointer: str) -> Sequence[str]:
        """The fields at a place of the body."""
        ...


class _NoNames:
    def at(self, pointer: str) -> Sequence[str]:  # noqa: ARG002
        return ()


NO_NAMES: KnownNames = _NoNames()


def faults_of_validation(
    errors: Iterable[Mapping[str, Any]], value: Any, names: KnownNames, root: str = ""
) -> list[FaultItem]:
    """Faults of what pydantic found in `value`; `root` is the pointer to it."""
    found: dict[str, FaultItem] = {}
    for each in errors:
        error = _of_field(each)
        place = pointer_into(value, error["loc"], may_be_absent=error["type"] == "missing")
        pointer = root + place
        inner = getattr(error.get("ctx", {}).get("error"), "faults", None)
        if inner is not None:
            for fault in _followed(inner, value_at(place, value)):
                item = _domain_item(fault, names, pointer)
                found.setdefault(item.pointer, item)
        elif pointer in found:  # another branch of a union
            message, also = found[pointer].message, _message(error, pointer, names)
            if also not in message:
                found[pointer] = replace(found[pointer], message=f"{message}; or {also}")
        else:
            found[pointer] = _item(error, pointer, names)
    return [item for item in found.values() if not _counts_only_valid_items(item, found)]


def _of_field(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """The error; of an object whose kind is not known, that of the field which tells it."""
    if error["type"] not in _KINDS:
        return error
    told = error["ctx"]
    name = told["discriminator"].strip("'")
    loc = (*error["loc"], name)
    if error["type"] == "union_tag_not_found":
        return {"type": "missing", "loc": loc, "msg": "Field required"}
    tag = str(told["tag"])
    shown = tag if len(tag) <= _LONGEST_NAME else f"{tag[:_LONGEST_NAME]}…"
    message = f"{shown!r} is none of {told['expected_tags']}"
    return {"type": "literal_error", "loc": loc, "msg": message, "input": told["tag"]}


def _counts_only_valid_items(item: FaultItem, found: Iterable[str]) -> bool:
    """Whether a list is called too short only because items of it are wrong."""
    below = f"{item.pointer}/"
    return item.code == "too_short" and any(other.startswith(below) for other in found)


def faults_of_domain(faults: Iterable[Fault]) -> list[FaultItem]:
    """Faults as the domain gives them, relative to the body."""
    return [_domain_item(fault, NO_NAMES, "") for fault in faults]


def _domain_item(fault: Fault, names: KnownNames, root: str) -> FaultItem:
    pointer = root + fault.pointer
    return FaultItem(
        pointer=pointer,
        code=CODES.get(fault.code, fault.code),
        message=_plain(fault.code, fault.message, pointer, names),
    )


def _followed(faults: Iterable[Fault], part: Any) -> Iterator[Fault]:
    """The faults of a part of the body, where they are of an inline document also inside it."""
    for fault in faults:
        at, separator, below = fault.pointer.partition("/document")
        if at or not separator:
            yield fault
            continue
        inside = pointer_into_document(
            part["document"],
            parts_of(below),
            may_be_absent=fault.code == "missing",
            about_reading=fault.code in {"unknown_reading", "unknown_option"},
        )
        yield replace(fault, pointer=f"/document{inside}")


def _item(error: Mapping[str, Any], pointer: str, names: KnownNames) -> FaultItem:
    refused = error.get("ctx", {}).get("error")
    code = getattr(refused, "code", None) or CODES.get(error["type"], error["type"])
    value = error.get("input")
    shown = code not in {"required", "unknown_field"} and _may_be_shown(pointer, value)
    return FaultItem(
        pointer=pointer,
        code=code,
        message=_message(error, pointer, names),
        value=value if shown else None,
    )


def _message(error: Mapping[str, Any], pointer: str, names: KnownNames) -> str:
    refused = error.get("ctx", {}).get("error")
    if error["type"] == "string_pattern_mismatch" and _CONTROL.search(error["input"]):
        return "leave out control characters, such as a tab, a line break or NUL"
    if refused is None:
        return _plain(error["type"], error["msg"], pointer, names)
    message, value = str(refused), error.get("input")
    if _may_be_shown(pointer, value):
        return message
    for shown in (repr(value), repr(str(value))):
        message = message.replace(shown, "the value")
    return message


def _plain(kind: str, message: str, pointer: str, names: KnownNames) -> str:
    """The sentence; pydantic's is replaced, any other stands."""
    if CODES.get(kind) == "unknown_field":
        parent, _, name = pointer.rpartition("/")
        return unknown_field(unescape(name), names.at(parent))
    if not message.startswith(_PYDANTIC_BEGINS):
        return message
    plain = _MESSAGES.get(kind, message).partition(" after validation")[0]
    begins = "write" if kind == "literal_error" else "should be"
    plain = plain.replace("Input should be", begins)
    return plain.replace("String should", "should").replace("Tuple should", "should")


def unknown_field(name: str, known: Iterable[str], thing: str = "field") -> str:
    """The sentence about a name that is not known, with the likeliest that is."""
    known = list(known)
    if name in known:  # of another kind of condition than the one that the others make
        return f"{thing} {name!r} does not go with the others that stand here"
    short = name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"
    near = get_close_matches(short, known, 1)
    return f"unknown {thing} {short!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def said_why(item: FaultItem, not_used: Mapping[str, str]) -> FaultItem:
    """The fault; of a field that another scale asks for, with why this one does not."""
    name = unescape(item.pointer.rpartition("/")[2])
    if item.code != "unknown_field" or name not in not_used:
        return item
    return replace(item, message=f"{name!r} is not used here: {not_used[name]}")


def _may_be_shown(pointer: str, value: Any) -> bool:
    """A protocol holds nobody's data; in a case only flags, numbers and times of the list do.

    Whoever writes a sentence where a time should stand may write about a patient.
    """
    if not isinstance(value, str | bool | int | float) or len(repr(value)) > _LONGEST_VALUE:
        return False
    name = pointer.rpartition("/")[2]
    if pointer.startswith("/protocol/") or name in _WORDS_ABOUT_NOBODY:
        return True
    looks_right = not isinstance(value, str) or _LIKE_A_TIME.fullmatch(value) is not None
    return name in _VALUES_ABOUT_NOBODY and looks_right
