"""What changed from one version of a document to the next, so that an inspector can read it.

A change is `{"path": JSON pointer (RFC 6901), "old": …, "new": …}`; "old" is left out where
nothing stood there before, "new" where nothing stands there any more. Objects are compared field
by field and lists of one length element by element; a list of another length is replaced as a
whole, since nobody can tell which of its elements went.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, Literal

from app.domain.errors import DomainError


class _Absence(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absence.ABSENT
"""Nothing stands there; null is something."""


class DoesNotApply(DomainError):
    """A change speaks of another document than the one that it is applied to."""

    code = "does_not_apply"

    def __init__(self, pointer: str) -> None:
        super().__init__(
            f"The change at {pointer!r} does not apply: its old value does not stand there; apply "
            "the changes in order, to the version that they were made from."
        )


def changes(old: Any, new: Any) -> list[dict[str, Any]]:
    """What leads from one JSON document to another, in the order of the field names.

    Where `old` is `ABSENT`, an object is told field by field, and anything else, such as the empty
    object, in one change at "". Where `new` is `ABSENT`, one change at "" tells all that stood
    there. Nothing is copied: the values are parts of `old` and `new`.
    """
    if old is ABSENT and new and isinstance(new, dict):
        old = {}
    return list(_between(old, new, ""))


def applied(document: Any, made: Iterable[Mapping[str, Any]]) -> Any:
    """The document after the changes; `ABSENT` stands for none, before and after.

    The document and the changes stay as they are. Raises `DoesNotApply` where the `old` of a
    change is not what stands there.
    """
    for change in made:
        steps = [_unescaped(step) for step in change["path"].split("/")[1:]]
        document = _after({} if document is ABSENT and steps else document, steps, change)
    return document


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same; true is not 1, and a tuple is a list."""
    return next(_between(one, other, ""), None) is None


def _between(old: Any, new: Any, path: str) -> Iterator[dict[str, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            below = f"{path}/{_escaped(name)}"
            if name in old:
                yield from _between(old[name], new.get(name, ABSENT), below)
            else:
                yield {"path": below, "new": new[name]}
    elif _are_lists(old, new) and len(old) == len(new):
        for place, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _between(before, after, f"{path}/{place}")
    elif old != new or isinstance(old, bool) is not isinstance(new, bool):
        told: tuple[tuple[Literal["old", "new"], Any], ...] = (("old", old), ("new", new))
        yield {"path": path, **{side: value for side, value in told if value is not ABSENT}}


def _are_lists(old: Any, new: Any) -> bool:
    return isinstance(old, list | tuple) and isinstance(new, list | tuple)


def _after(standing: Any, steps: Sequence[str], change: Mapping[str, Any]) -> Any:
    """The value that stands where the steps begin, after the change."""
    if not steps:
        if not same(standing, change.get("old", ABSENT)):
            raise DoesNotApply(change["path"])
        return change.get("new", ABSENT)
    step, below = steps[0], steps[1:]
    if isinstance(standing, dict):
        changed = _after(standing.get(step, ABSENT), below, change)
        kept = {name: value for name, value in standing.items() if name != step}
        return kept if changed is ABSENT else {**kept, step: changed}
    place = _place(step, standing)
    changed = ABSENT if place is None else _after(standing[place], below, change)
    if place is None or changed is ABSENT:
        raise DoesNotApply(change["path"])
    return [*standing[:place], changed, *standing[place + 1 :]]


def _place(step: str, standing: Any) -> int | None:
    """The index that a step names in a list; None where there is no such element."""
    places = range(len(standing)) if isinstance(standing, list | tuple) else ()
    return next((place for place in places if str(place) == step), None)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
