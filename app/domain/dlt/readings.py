"""Deciding a document's readings: from what the protocol may mean to one rule set."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain.dlt.protocol import Document, Reading
from app.domain.dlt.rule import RuleSet
from app.domain.errors import BadProtocol, Fault

T = TypeVar("T")
_RULES = TypeAdapter(RuleSet)
_GROUPS: TypeAdapter[dict[str, tuple[str, ...]]] = TypeAdapter(dict[str, tuple[str, ...]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A rule set with every reading decided, and where each reading was used."""

    rules: RuleSet
    groups: Mapping[str, tuple[str, ...]]
    options: Mapping[str, str]
    """The option chosen, by reading."""
    touched: Mapping[str, tuple[str, ...]]
    """The readings that each clause, group or part of the definition rests on."""
    disputed_terms: Mapping[str, frozenset[str]]
    """By `group:name`, the terms that belong to the group by some options of a reading only."""


def decide(document: Document, overrides: Mapping[str, str] | None = None) -> Decided:
    """Choose an option of every reading: the document's default, or the override.

    Raises `BadProtocol` with every fault at its place.
    """
    chooser, rules, groups = _ruled(document, overrides or {})
    return Decided(
        rules=rules,
        groups=groups,
        options=chooser.options,
        disputed_terms=_disputed(document, chooser.options, groups),
        touched=chooser.touched(rules, groups),
    )


def ruled(
    document: Document, overrides: Mapping[str, str]
) -> tuple[RuleSet, Mapping[str, tuple[str, ...]]]:
    """The rules and groups alone, as `decide` gives them. Raises `BadProtocol` as it does."""
    return _ruled(document, overrides)[1:]


def _ruled(
    document: Document, overrides: Mapping[str, str]
) -> "tuple[_Chooser, RuleSet, dict[str, tuple[str, ...]]]":
    options = {reading.id: reading.default for reading in document.readings} | dict(overrides)
    chooser = _Chooser(document.readings, options)
    definition = chooser.choose(document.dlt, "/dlt")
    groups = chooser.choose(document.groups, "/groups")
    faults = [*chooser.faults, *_unknown_options(document.readings, options)]
    if faults:
        raise BadProtocol(document.id, tuple(faults))
    rules = _valid(_RULES.validate_python, definition, "/dlt", document.id)
    named = _valid(_GROUPS.validate_python, groups, "/groups", document.id)
    return chooser, rules, named


def choose(document: Document, value: Any, pointer: str, overrides: Mapping[str, str]) -> Any:
    """A part of the document outside its DLT definition, with every reading decided.

    Raises `BadProtocol` with every fault at its place.
    """
    options = {reading.id: reading.default for reading in document.readings} | dict(overrides)
    chooser = _Chooser(document.readings, options)
    chosen = chooser.choose(value, pointer)
    faults = [*chooser.faults, *_unknown_options(document.readings, options)]
    if faults:
        raise BadProtocol(document.id, tuple(faults))
    return chosen


def faults_of(error: ValidationError, root: str) -> tuple[Fault, ...]:
    """Pydantic's findings as faults with JSON pointers."""
    return tuple(
        Fault(
            pointer=root + "".join(f"/{part}" for part in each["loc"]),
            message=each["msg"].removeprefix("Value error, "),
            code=getattr(each.get("ctx", {}).get("error"), "code", each["type"]),
        )
        for each in error.errors(include_url=False, include_input=False)
    )


def _valid(validate: Callable[[Any], T], value: Any, root: str, name: str) -> T:
    try:
        return validate(value)
    except ValidationError as error:
        raise BadProtocol(name, faults_of(error, root)) from error


def _unknown_options(readings: Sequence[Reading], options: Mapping[str, str]) -> list[Fault]:
    known = {reading.id: reading for reading in readings}
    faults = []
    for reading, option in options.items():
        if reading not in known:
            faults.append(
                Fault(
                    pointer="/readings",
                    message=f"there is no reading {reading!r}; there are "
                    f"{', '.join(sorted(known)) or 'none'}",
                    code="unknown_reading",
                )
            )
        elif option not in known[reading].options:
            faults.append(
                Fault(
                    pointer=f"/readings/{reading}",
                    message=f"{option!r} is no option; there are "
                    f"{', '.join(known[reading].options)}",
                    code="unknown_option",
                )
            )
    return faults


def _disputed(
    document: Document, options: Mapping[str, str], chosen: Mapping[str, tuple[str, ...]]
) -> dict[str, frozenset[str]]:
    """Terms whose membership of a group hangs on a reading."""
    found: dict[str, set[str]] = {}
    for reading in document.readings:
        for option in reading.options:
            other = _Chooser(document.readings, {**options, reading.id: option})
            groups = other.choose(document.groups, "/groups")
            named = _valid(_GROUPS.validate_python, groups, "/groups", document.id)
            for group in {**chosen, **named}:
                differ = set(named.get(group, ())) ^ set(chosen.get(group, ()))
                found.setdefault(f"group:{group}", set()).update(differ)
    return {group: frozenset(terms) for group, terms in found.items() if terms}


class _Chooser:
    """Replaces every `{reading, options}` by the chosen option."""

    def __init__(self, readings: Sequence[Reading], options: Mapping[str, str]) -> None:
        self.readings = {reading.id: reading for reading in readings}
        self.options = options
        self.faults: list[Fault] = []
        self.used: list[tuple[str, str]] = []

    def choose(self, value: Any, pointer: str) -> Any:
        if isinstance(value, Mapping):
            if set(value) == {"reading", "options"}:
                return self._chosen(value["reading"], value["options"], pointer)
            return {key: self.choose(part, f"{pointer}/{key}") for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.choose(part, f"{pointer}/{index}") for index, part in enumerate(value)]
        return value

    def _chosen(self, reading: Any, options: Any, pointer: str) -> Any:
        known = self.readings.get(reading) if isinstance(reading, str) else None
        if known is None or not isinstance(options, Mapping) or set(options) != set(known.options):
            expected = ", ".join(known.options) if known else "none: it is not among the readings"
            self.faults.append(
                Fault(
                    pointer=pointer,
                    message=f"reading {reading!r} has the options {expected}",
                    code="unknown_reading",
                )
            )
            return None
        self.used.append((pointer, reading))
        return self.choose(options.get(self.options.get(reading)), pointer)

    def touched(self, rules: RuleSet, groups: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The readings used in each clause (by its id).

        Group (`group:name`) and part (by its path).
        """
        found: dict[str, list[str]] = {}
        for pointer, reading in self.used:
            for key in _keys(pointer, rules, groups):
                for place in _upwards(key):
                    if reading not in found.setdefault(place, []):
                        found[place].append(reading)
        return {key: tuple(value) for key, value in found.items()}


def _keys(pointer: str, rules: RuleSet, groups: Iterable[str]) -> list[str]:
    """What a reading at a place of the document decides: several where it stands for a whole."""
    clauses = {
        "criteria": [clause.id for clause in rules.criteria],
        "exceptions": [clause.id for clause in rules.exceptions],
    }
    match pointer.split("/")[1:]:
        case ["groups"]:
            return [f"group:{group}" for group in groups]
        case ["groups", group, *_]:
            return [f"group:{group}"]
        case ["dlt"]:
            return ["observed_in", *clauses["criteria"], *clauses["exceptions"]]
        case ["dlt", "criteria" | "exceptions" as part]:
            return clauses[part]
        case ["dlt", "criteria" | "exceptions" as part, index, *_]:
            return [clauses[part][int(index)]]
        case parts:
            return ["/".join(parts[1:])]


def _upwards(path: str) -> list[str]:
    """The path and every part above it."""
    parts = path.split("/")
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]
