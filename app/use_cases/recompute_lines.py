"""What recomputing found, for people: a line for each difference, and the counts at the end."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.record.canonical import canonical
from app.domain.record.changes import ABSENT
from app.store.types import written
from app.use_cases.answer_changes import Change, ChangeKind
from app.use_cases.readable import Paint, Tone
from app.use_cases.recompute import Recomputed

HEADINGS: Final = ("study", "patient", "no.", "cut", "differs in", "what")
_WIDTHS: Final = (12, 12, 4, 20, 10)
_LONGEST: Final = 60
_TONES: Final[dict[str, Tone]] = {"verdict": "bad", "reason": "open", "cannot": "bad"}


@dataclass(slots=True)
class Tally:
    """How many were recomputed, and how many of them differ in what."""

    recomputed: int = 0
    same: int = 0
    """Alike in all but what they were made with."""
    kinds: Counter[ChangeKind] = field(default_factory=Counter)
    impossible: int = 0
    moved: Counter[str] = field(default_factory=Counter)
    """By what verdicts are made with: how many adjudications were made with another."""

    def add(self, found: Recomputed) -> None:
        """Count one."""
        self.recomputed += 1
        if found.obstacle is not None:
            self.impossible += 1
            return
        kinds = {each.kind for each in found.changes}
        self.same += kinds <= {"provenance"}
        self.kinds.update(kinds)
        provenance = (each for each in found.changes if each.kind == "provenance")
        self.moved.update({each.path.split("/")[1] for each in provenance})

    @property
    def is_well(self) -> bool:
        """Whether every verdict and its reasons were given again."""
        return not (self.impossible or self.kinds["verdict"] or self.kinds["reason"])

    @property
    def counts(self) -> dict[str, int]:
        """The counts by name."""
        kinds: tuple[ChangeKind, ...] = ("verdict", "reason", "words", "provenance")
        return {
            "recomputed": self.recomputed,
            "same": self.same,
            **{each: self.kinds[each] for each in kinds},
            "impossible": self.impossible,
        }


def heading(paint: Paint) -> str:
    """What the columns of the lines are."""
    return _row(HEADINGS, paint)


def lines_of_recomputed(found: Recomputed, paint: Paint) -> Iterator[str]:
    """A line for each verdict and reason that differs, one for all words, none for provenance."""
    if found.obstacle is not None:
        what = f"{found.obstacle.message} [{found.obstacle.code}]"
        yield _line(found, "cannot", what, paint)
    for each in found.changes:
        if each.kind in {"verdict", "reason"}:
            yield _line(found, each.kind, _what(each), paint)
    places = dict.fromkeys(_place(each) for each in found.changes if each.kind == "words")
    if places:
        yield _line(found, "words", ", ".join(places), paint)


def lines_of_tally(tally: Tally) -> Iterator[str]:
    """The counts, as sentences."""
    yield f"{tally.recomputed} adjudications recomputed; answered alike: {tally.same}."
    told = {
        "with another verdict or status": tally.kinds["verdict"],
        "with other reasons": tally.kinds["reason"],
        "in other words": tally.kinds["words"],
        "that cannot be recomputed": tally.impossible,
    }
    for name, number in told.items():
        yield f"  {name}: {number}"
    for name, number in sorted(tally.moved.items()):
        yield f"  made with another {name.replace('_', ' ')}: {number}"


def change_as_json(change: Change) -> dict[str, Any]:
    """A difference as JSON: `old` or `new` is left out where nothing stands there."""
    values = {"old": change.old, "new": change.new}
    there = {name: each for name, each in values.items() if each is not ABSENT}
    return {"kind": change.kind, "path": change.path, **there}


def recomputed_as_json(found: Recomputed) -> dict[str, Any]:
    """An adjudication that differs, or cannot be recomputed, as JSON."""
    kept = found.kept
    told: dict[str, Any] = {
        "adjudication": kept.id,
        "study": kept.study,
        "subject": kept.subject,
        "number": kept.number,
        "as_of": written(kept.as_of),
    }
    if found.obstacle is not None:
        return told | {"cannot": {"code": found.obstacle.code, "why": found.obstacle.message}}
    return told | {"differs": [change_as_json(each) for each in found.changes]}


def _line(found: Recomputed, kind: str, what: str, paint: Paint) -> str:
    kept = found.kept
    cut = f"{kept.as_of:%Y-%m-%d %H:%M:%S}Z"
    return _row((kept.study, kept.subject, str(kept.number), cut, kind, what), paint)


def _row(cells: Sequence[str], paint: Paint) -> str:
    """Cells in columns; a longer one pushes the others on."""
    padded = [f"{each:{width}}" for each, width in zip(cells, _WIDTHS, strict=False)]
    tone = _TONES.get(cells[4], "faint")
    return "  ".join((*padded[:4], paint(padded[4], tone), cells[5]))


def _what(change: Change) -> str:
    path = change.path.removeprefix("/").replace("~1", "/").replace("~0", "~")
    return f"{path}: {_shown(change.old)} -> {_shown(change.new)}"


def _place(change: Change) -> str:
    """Whose words: down to explanation, missing or findings."""
    steps = change.path.split("/")[1:]
    short = steps[:2] if steps[0] == "subject" else steps[:3]
    return "/".join(short).replace("~1", "/").replace("~0", "~")


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "nothing"
    text = value if isinstance(value, str) else canonical(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
