"""What differs between two protocol documents as they are written, clause by clause.

Clauses and readings are known by their id, groups by their name, syndromes and own terms by their
term, so that one which only moved is the same. A difference says what may depend on it: verdicts,
enrolment, or nothing but what is said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal[
    "criterion", "exception", "observed_in", "window", "counts", "referral", "syndrome", "clocks",
    "order", "definition", "group", "intervention", "reading", "grading", "own_term", "agent",
    "phase", "ladder", "design", "stagger", "enrolment", "about",
]  # fmt: skip
"""What the difference is one of; `about` is what names and describes the document."""
Effect = Literal["verdicts", "enrolment", "wording"]
"""What may depend on it. Wording is what nothing is decided by: titles, locators, paraphrases,
notes, who ruled and when, and the order of clauses.
"""

Document = Mapping[str, Any]
_RANK: Final[Mapping[Effect, int]] = {"verdicts": 0, "enrolment": 1, "wording": 2}
_PARTS_OF_RULES: Final[Mapping[str, Kind]] = {
    "observed_in": "observed_in", "window": "window", "counts": "counts",
    "refer_to_committee": "referral", "clocks": "clocks",
}  # fmt: skip
_KEYED_OF_RULES: Final[Mapping[str, tuple[Kind, str]]] = {
    "criteria": ("criterion", "id"),
    "exceptions": ("exception", "id"),
    "syndromes": ("syndrome", "term"),
}
_PARTS: Final[Mapping[str, Kind]] = {
    "ladder": "ladder", "design": "design", "stagger": "stagger", "enrolment": "enrolment",
    "planned_subjects": "enrolment",
}  # fmt: skip
_SAID: Final = frozenset({"at", "says", "sentence"})
_OF_ENROLMENT: Final = frozenset({"phase", "ladder", "design", "stagger", "enrolment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedValue:
    """One value that is another: JSON pointers into either document, null where it is not there.

    Of lists of words each word that was added or removed is a change of its own.
    """

    old_pointer: str | None
    new_pointer: str | None
    old: Any = None
    new: Any = None
    effect: Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A clause, reading, group or other part that was added, removed or changed."""

    kind: Kind
    id: str | None
    """Its id or name; null where there is one of its kind."""
    change: Literal["added", "removed", "changed"]
    effect: Effect
    changes: tuple[ChangedValue, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A value, or its absence, and where it stands."""

    pointer: str
    value: Any = None
    there: bool = True

    def at(self, name: str | int) -> "_Place":
        part = str(name).replace("~", "~0").replace("/", "~1")
        there = self.there and (
            name in self.value
            if isinstance(self.value, Mapping)
            else isinstance(name, int) and name < len(self.value)
        )
        return _Place(f"{self.pointer}/{part}", self.value[name] if there else None, there)


def differences(old: Document, new: Document) -> tuple[Difference, ...]:
    """Every difference, in the order in which documents are written."""
    before, after = _Place("", old), _Place("", new)
    found = [
        *_about(before, after),
        *_named("agent", before.at("agents"), after.at("agents")),
        *_grading(before.at("grading"), after.at("grading")),
        *_keyed("phase", "id", before.at("phases"), after.at("phases")),
        *(
            each
            for name, kind in _PARTS.items()
            for each in _part(kind, None, before.at(name), after.at(name))
        ),
        *_named("intervention", before.at("interventions"), after.at("interventions")),
        *_named("group", before.at("groups"), after.at("groups")),
        *_keyed("reading", "id", before.at("readings"), after.at("readings")),
        *_rules(before.at("dlt"), after.at("dlt")),
    ]
    return tuple(found)


def gravest(effects: Iterator[Effect]) -> Effect:
    """The one that most may depend on; wording where there is none."""
    return min(effects, key=_RANK.__getitem__, default="wording")


def _about(old: _Place, new: _Place) -> Iterator[Difference]:
    apart = {
        "agents", "grading", "phases", "interventions", "groups", "readings", "dlt", *_PARTS,
    }  # fmt: skip
    for name in _names(old.value, new.value):
        if name not in apart:
            yield from _part("about", name, old.at(name), new.at(name))


def _grading(old: _Place, new: _Place) -> Iterator[Difference]:
    for name in _names(old.value, new.value):
        if name != "own_terms":
            yield from _part("grading", name, old.at(name), new.at(name))
    yield from _keyed("own_term", "term", old.at("own_terms"), new.at("own_terms"))


def _rules(old: _Place, new: _Place) -> Iterator[Difference]:
    if not (_is_plain(old.value) and _is_plain(new.value)):
        yield from _part("definition", None, old, new)
        return
    for name, kind in _PARTS_OF_RULES.items():
        yield from _part(kind, None, old.at(name), new.at(name))
    for name, (kind, key) in _KEYED_OF_RULES.items():
        yield from _keyed(kind, key, old.at(name), new.at(name))


def _named(kind: Kind, old: _Place, new: _Place) -> Iterator[Difference]:
    """The parts of a mapping by name; a reading in its place is one part."""
    if not (_is_plain(old.value or {}) and _is_plain(new.value or {})):
        yield from _part(kind, None, old, new)
        return
    for name in _names(old.value or {}, new.value or {}):
        yield from _part(kind, name, old.at(name), new.at(name))


def _keyed(kind: Kind, key: str, old: _Place, new: _Place) -> Iterator[Difference]:
    """The parts of a list by what names them; where something has no name, the list as one."""
    before, after = _by_key(old, key), _by_key(new, key)
    if before is None or after is None:
        yield from _part(kind, None, old, new)
        return
    for name in _names(before, after):
        yield from _part(kind, name, before.get(name, _NOWHERE), after.get(name, _NOWHERE))
    common = [name for name in before if name in after], [name for name in after if name in before]
    if common[0] != common[1]:
        change = ChangedValue(
            old_pointer=old.pointer,
            new_pointer=new.pointer,
            old=common[0],
            new=common[1],
            effect="wording",
        )
        yield Difference(
            kind="order", id=kind, change="changed", effect="wording", changes=(change,)
        )


_NOWHERE: Final = _Place("", there=False)


def _by_key(place: _Place, key: str) -> dict[str, _Place] | None:
    listed = place.value or ()
    if not isinstance(listed, Sequence):
        return None
    found = {
        str(item[key]): place.at(number)
        for number, item in enumerate(listed)
        if isinstance(item, Mapping) and key in item
    }
    return found if len(found) == len(listed) else None


def _part(kind: Kind, name: str | None, old: _Place, new: _Place) -> Iterator[Difference]:
    """The difference of a part, if there is one."""
    changes = tuple(_changes(old, new, kind, ()))
    if changes:
        change: Literal["added", "removed", "changed"] = (
            "added" if not old.there else "removed" if not new.there else "changed"
        )
        effect = gravest(each.effect for each in changes)
        yield Difference(kind=kind, id=name, change=change, effect=effect, changes=changes)


def _changes(
    old: _Place, new: _Place, kind: Kind, path: tuple[str, ...]
) -> Iterator[ChangedValue]:
    if not (old.there and new.there):
        if old.there or new.there:
            yield _change(old, new, kind, path)
    elif not _same(old.value, new.value):
        yield from _inside(old, new, kind, path)


def _inside(old: _Place, new: _Place, kind: Kind, path: tuple[str, ...]) -> Iterator[ChangedValue]:
    """The changes within two values that are not the same."""
    if isinstance(old.value, Mapping) and isinstance(new.value, Mapping):
        for name in _names(old.value, new.value):
            yield from _changes(old.at(name), new.at(name), kind, (*path, name))
    elif _are_words(old.value) and _are_words(new.value):
        yield from list(_words(old, new, kind, path)) or [_change(old, new, kind, path)]
    elif _alike(old.value, new.value):
        for number in range(len(old.value)):
            yield from _changes(old.at(number), new.at(number), kind, (*path, str(number)))
    else:
        yield _change(old, new, kind, path)


def _words(old: _Place, new: _Place, kind: Kind, path: tuple[str, ...]) -> Iterator[ChangedValue]:
    """The words that only one of two lists has."""
    for number, word in enumerate(old.value):
        if word not in new.value:
            yield _change(old.at(number), _NOWHERE, kind, path)
    for number, word in enumerate(new.value):
        if word not in old.value:
            yield _change(_NOWHERE, new.at(number), kind, path)


def _change(old: _Place, new: _Place, kind: Kind, path: tuple[str, ...]) -> ChangedValue:
    return ChangedValue(
        old_pointer=old.pointer if old.there else None,
        new_pointer=new.pointer if new.there else None,
        old=old.value,
        new=new.value,
        effect=_effect(kind, path, both=old.there and new.there),
    )


def _effect(kind: Kind, path: tuple[str, ...], *, both: bool) -> Effect:
    """What may depend on a value of a part, by the keys that lead to it from the part."""
    if kind == "about" or (path and path[-1] in _SAID):
        return "wording"
    if kind == "reading" and path:
        said_otherwise = path[0] == "options" and both  # an option that is there is only reworded
        if said_otherwise or path[0] not in {"default", "options"}:
            return "wording"
    return "enrolment" if kind in _OF_ENROLMENT else "verdicts"


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The names of both, those of the first first."""
    return list(dict.fromkeys((*old, *new)))


def _is_plain(value: Any) -> bool:
    """Whether it is an object, and no reading in the place of one."""
    return isinstance(value, Mapping) and set(value) != {"reading", "options"}


def _same(old: Any, new: Any) -> bool:
    """JSON's equality: true is not 1."""
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return old.keys() == new.keys() and all(_same(old[name], new[name]) for name in old)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(_same, old, new))
    return bool(old == new)


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(e, str | int) for e in value)


def _alike(old: Any, new: Any) -> bool:
    """Whether both are lists of as many parts."""
    return isinstance(old, list) and isinstance(new, list) and len(old) == len(new)
