"""What the rows of disposition (DS) say of the end of a patient's observation.

That a treatment was stopped ends no observation: of the patients of the trial whose tables the
tests read who stopped early, two in three were seen after that day. So of CDISC's words for not
completing (NCOMPLT) only those count that say by themselves that nobody looks any more: consent
was withdrawn, the patient was lost, or sponsor or site closed the study. An adverse event, a
decision, a lack of effect or a progression ends the treatment, and perhaps more, which the row
does not say: that stays open, with a finding, until the settings (dispositions) or a person say.
A row about the treatment alone (DSSCAT) ends nothing but in death.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.source_system import DispositionMeaning, SourceSystem
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.made import HeldRow

EVENT: Final = "DISPOSITION EVENT"
ENDS: Final[Mapping[str, DispositionMeaning]] = {
    "COMPLETED": "completed",
    "DEATH": "death",
    "LOST TO FOLLOW-UP": "withdrawal",
    "SITE TERMINATED BY SPONSOR": "withdrawal",
    "STUDY TERMINATED BY SPONSOR": "withdrawal",
    "WITHDRAWAL BY PARENT/GUARDIAN": "withdrawal",
    "WITHDRAWAL BY SUBJECT": "withdrawal",
}
"""The words of CDISC's list NCOMPLT (C66727) that say how the observation ended."""

_STOPS: Final = frozenset({
    "ADVERSE EVENT",
    "DISEASE RELAPSE",
    "FAILURE TO MEET CONTINUATION CRITERIA",
    "LACK OF EFFICACY",
    "NON-COMPLIANCE WITH STUDY DRUG",
    "OTHER",
    "PHYSICIAN DECISION",
    "PREGNANCY",
    "PROGRESSIVE DISEASE",
    "PROTOCOL DEVIATION",
    "PROTOCOL VIOLATION",
    "RECOVERY",
    "TECHNICAL PROBLEMS",
})  # fmt: skip
_NEVER_BEGAN: Final = frozenset({
    "FAILURE TO MEET RANDOMIZATION CRITERIA",
    "SCREEN FAILURE",
    "SCREENING NOT COMPLETED",
    "TRIAL SCREEN FAILURE",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispositions:
    """The rows of a patient that say that, and how, the observation ended."""

    deaths: tuple[HeldRow, ...] = ()
    withdrawals: tuple[HeldRow, ...] = ()
    completed: bool = False
    """As planned, as far as the study is concerned."""
    open: bool = False
    """The patient stopped, and whether the observation did, nobody says."""
    unmapped: tuple[str, ...] = ()
    """Words that neither the settings nor CDISC's list knows."""


def dispositions_of(rows: Sequence[HeldRow], system: SourceSystem) -> Dispositions:
    """What standing rows of DS say; those of milestones and other events say nothing."""
    by_meaning: dict[str, list[HeldRow]] = {}
    unmapped: dict[str, None] = {}
    for row in rows:
        cells = Cells(row.fields, system)
        word, category = cells.text("DSDECOD", "DSTERM"), words.folded(cells.text("DSCAT"))
        if not word or category not in {"", EVENT}:
            continue
        part = words.folded(cells.text("DSSCAT"))
        meaning = _meaning(word, part, system)
        if meaning == "completed" and not part and cells.text("EPOCH"):
            meaning = "other"  # an epoch was completed, and others may follow
        if meaning is not None:
            by_meaning.setdefault(meaning, []).append(row)
        elif category:
            unmapped[word] = None
    return Dispositions(
        deaths=tuple(by_meaning.get("death", ())),
        withdrawals=tuple(by_meaning.get("withdrawal", ())),
        completed="completed" in by_meaning,
        open="open" in by_meaning,
        unmapped=tuple(unmapped),
    )


def _meaning(word: str, part: str, system: SourceSystem) -> str | None:
    """What a word means; `part` is the part of the study that the row is about (DSSCAT)."""
    known = words.folded(word)
    meaning: str | None = words.meaning(system.dispositions, word) or ENDS.get(known)
    if meaning is None and known in _STOPS:
        meaning = "open"
    if meaning is None and known in _NEVER_BEGAN:
        meaning = "other"
    if meaning in {None, "death"} or "TREATMENT" not in part:
        return meaning
    return "open" if known == "LOST TO FOLLOW-UP" else "other"
