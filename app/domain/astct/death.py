"""Whether a death is due to the syndrome: grade 5, where no other cause is the principal one.

Sources: CRS-R9, IC-R9.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import ConfigDict, StringConstraints

from app.domain.astct.answer import RuleUsed, ScaleFinding
from app.domain.astct.completions import Part, Possible
from app.domain.case import Flag

_NOT_KNOWN: Final = frozenset(
    {"", "unknown", "not known", "unk", "uk", "not available", "na", "n/a", "nd", "pending"}
)
_MODES: Final = frozenset(
    {
        "cardiac arrest", "cardiorespiratory arrest", "respiratory failure", "respiratory arrest",
        "multiorgan failure", "multi-organ failure", "multiple organ failure",
        "multiple organ dysfunction", "multiple organ dysfunction syndrome", "mods", "shock",
        "brain death", "death",
    }
)  # fmt: skip


_ASIDE: Final = re.compile(r"([^()]*)\(([^()]*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleDeath:
    """A death as the grading asks about it: whether, and of what above all.

    `principal_cause` is the name of the syndrome, or of another cause; null is not known.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", str_strip_whitespace=True)

    occurred: Flag = None
    principal_cause: Annotated[str | None, StringConstraints(max_length=4000)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Syndrome:
    """A syndrome as a cause of death: its names, and words by which a longer text may mean it."""

    name: str
    rule: str
    names: frozenset[str]
    mentions: re.Pattern[str]


CRS: Final = Syndrome(
    name="CRS",
    rule="CRS-R9",
    names=frozenset({"crs", "cytokine release syndrome", "cytokine storm"}),
    mentions=re.compile(r"\bcrs\b|cytokine"),
)
ICANS: Final = Syndrome(
    name="ICANS",
    rule="IC-R9",
    names=frozenset(
        {
            "icans",
            "immune effector cell-associated neurotoxicity syndrome",
            "immune effector cell associated neurotoxicity syndrome",
            "immune effector cell-associated neurotoxicity",
        }
    ),
    mentions=re.compile(
        r"\bicans\b|\bcres\b|neurotox|encephalopathy|o?edema|herniation|status epilepticus"
    ),
)


def causes(death: ScaleDeath, syndrome: Syndrome) -> tuple[bool, ...]:
    """Whether the syndrome is the principal cause: both where the recorded text does not tell."""
    text = _plain(death.principal_cause)
    if all(part in syndrome.names for part in _with_its_aside(text)):
        return (True,)
    unclear = text in _NOT_KNOWN | _MODES or syndrome.mentions.search(text)
    return (True, False) if unclear else (False,)


def part_of_death(death: ScaleDeath | None, syndrome: Syndrome) -> Part:
    """Whether the patient died of the syndrome; no death is recorded where it is null."""
    if death is None:
        return Part(of=(), outcome=lambda: False)
    occurred = (True, False) if death.occurred is None else (death.occurred,)
    return Part(
        of=(
            Possible(field="death.occurred", values=occurred),
            Possible(field="death.principal_cause", values=causes(death, syndrome)),
        ),
        outcome=lambda died, of_it: died and of_it,
    )


def because_of_death(
    death: ScaleDeath | None, syndrome: Syndrome, outcomes: frozenset[bool]
) -> Iterator[RuleUsed]:
    """What the death does to the grade, where there may be one."""
    if death is None or death.occurred is False:
        return
    name = syndrome.name
    if outcomes == {True}:
        text = f"The patient died, and {name} is the principal cause: grade 5."
    elif outcomes == {False}:
        text = f"Another cause than {name} is the principal one, so a death is no grade 5."
    elif death.occurred is None:
        text = f"Whether the patient died of {name} is not known; that would be grade 5."
    else:
        text = f"Whether {name} is the principal cause of the death is not known: if so, grade 5."
    yield RuleUsed(rule=syndrome.rule, text=text)


def findings_of_death(death: ScaleDeath | None, syndrome: Syndrome) -> Iterator[ScaleFinding]:
    """What is odd about how the death was recorded."""
    if death is None or death.principal_cause is None:
        return
    where = "death.principal_cause"
    if death.occurred is False:
        text = "A cause of death is recorded, and that there was no death."
        yield ScaleFinding(code="cause_without_death", field=where, text=text)
    elif len(causes(death, syndrome)) > 1 and _plain(death.principal_cause) not in _NOT_KNOWN:
        text = (
            f"The recorded text does not tell whether {syndrome.name} is the principal cause: "
            f"write {syndrome.name}, or the cause that is."
        )
        yield ScaleFinding(code="cause_of_death_unclear", field=where, text=text)


def _with_its_aside(text: str) -> tuple[str, ...]:
    """A text, and what stands in parentheses at its end: "CRS (cytokine release syndrome)"."""
    found = _ASIDE.fullmatch(text)
    return (text,) if found is None else (_plain(found[1]), _plain(found[2]))


def _plain(text: str | None) -> str:
    return " ".join((text or "").casefold().strip(" .").split())
