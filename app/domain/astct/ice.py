"""The ICE score: ten points for orientation, naming, a command, writing and attention."""

from dataclasses import dataclass, fields
from functools import partial
from typing import Annotated, Final

from pydantic import Field

from app.domain.astct.answer import MissingComponent, RuleUsed, ScaleBounds, ScoreAnswer
from app.domain.astct.completions import Part, Possible, decide
from app.domain.astct.components import STRICT

Point = Annotated[int | None, Field(strict=True, ge=0, le=1)]
"""1 where it was done right, 0 where not; null where it was not asked or not recorded."""

POINTS: Final = {
    "year": 1,
    "month": 1,
    "city": 1,
    "hospital": 1,
    "objects_named": 3,
    "follows_command": 1,
    "writes_sentence": 1,
    "counts_backwards": 1,
}
"""The most points of each item: ten in all."""

_MISSING: Final = {
    "year": "Whether the patient knows the year.",
    "month": "Whether the patient knows the month.",
    "city": "Whether the patient knows the city.",
    "hospital": "Whether the patient knows the hospital.",
    "objects_named": "How many of three objects the patient names.",
    "follows_command": "Whether the patient follows a simple command.",
    "writes_sentence": "Whether the patient writes a standard sentence.",
    "counts_backwards": "Whether the patient counts backwards from 100 by ten.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IceItems:
    """The items of an ICE assessment, in points: each 0 or 1, `objects_named` 0 to 3."""

    __pydantic_config__ = STRICT

    year: Point = None
    month: Point = None
    city: Point = None
    hospital: Point = None
    objects_named: Annotated[int | None, Field(strict=True, ge=0, le=3)] = None
    follows_command: Point = None
    writes_sentence: Point = None
    counts_backwards: Point = None


def score_ice(items: IceItems) -> ScoreAnswer:
    """The sum of the items; where one is not known, the sums that are possible."""
    known = {each.name: getattr(items, each.name) for each in fields(items)}
    parts = [
        Part(
            of=(
                Possible(
                    field=name,
                    values=tuple(range(POINTS[name] + 1)) if points is None else (points,),
                ),
            ),
            outcome=partial(int),
        )
        for name, points in known.items()
    ]
    found = decide(parts, lambda *points: sum(points))
    return ScoreAnswer(
        scale="ICE",
        status="graded" if found.certain else "undetermined",
        score=found.lowest if found.certain else None,
        bounds=ScaleBounds(min=found.lowest, max=found.highest),
        because=_because(known, found.highest),
        missing=tuple(MissingComponent(field=each, text=_MISSING[each]) for each in found.matters),
        readings=(),
        findings=(),
    )


def _because(known: dict[str, int | None], most: int) -> tuple[RuleUsed, ...]:
    orientation = [known[each] for each in ("year", "month", "city", "hospital")]
    told = ", ".join(
        f"{name} {'?' if None in points else sum(each for each in points if each)} of {of}"
        for name, points, of in (
            ("orientation", orientation, 4),
            ("naming", [known["objects_named"]], 3),
            ("following a command", [known["follows_command"]], 1),
            ("writing", [known["writes_sentence"]], 1),
            ("attention", [known["counts_backwards"]], 1),
        )
    )
    total = RuleUsed(rule="ICE", text=f"{told[:1].upper()}{told[1:]}.")
    if most > 0:
        return (total,)
    text = "ICE 0 is grade 3 of ICANS in a patient who is awake, 4 in one who cannot be aroused."
    return total, RuleUsed(rule="IC-R2", text=text)
