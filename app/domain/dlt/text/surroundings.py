"""What a document says beside its DLT definition: grading, doses, design, who waits for whom."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.domain.dlt.protocol import Design, Document, DoseLevel, Grading, Ladder, Stagger
from app.domain.dlt.text.clauses import Part
from app.domain.dlt.text.durations import amount_of, counted
from app.domain.dlt.text.measured import measured_sentences
from app.domain.dlt.text.model import Block, Clause, Heading, Item, Items, Paragraph

_COMPUTED: Final = {
    "beside": "Grades that are computed of components or results stand beside the reported ones, "
    "which are judged.",
    "instead": "Grades that are computed of components or results are judged instead of the "
    "reported ones.",
}
_UNREPORTED: Final = {
    "finding": "A graded result that no adverse event reports is told as a finding.",
    "event": "A graded result that no adverse event reports is judged as an event.",
}
_BASELINE: Final = {
    "last_before_infusion": "A result without a baseline takes the last one before the first "
    "infusion.",
    "as_reported": "A result has no baseline but one that is reported with it.",
}
_WAITS: Final = {
    "first_pair": "the second patient of a dose group waits for the first",
    "each_consecutive_pair": "each patient waits for the one before",
    "sentinel": "the others of a dose group wait for its first patient",
    "between_cohorts": "each cohort waits for the last patient of the one before",
}
_ACT: Final = {
    "enrol": "being enrolled",
    "lymphodeplete": "lymphodepletion",
    "infuse": "being infused",
}
_ANCHOR: Final = {
    "infusion_start": "the start of the infusion",
    "infusion_completion": "the completion of the infusion",
}


def grading_blocks(grading: Grading, interventions: Mapping[str, tuple[str, ...]]) -> list[Block]:
    """By what events are graded, and which words name an intervention."""
    told = [f"Terms and grades are those of {grading.dictionary}."]
    told += [f"{term} is graded by {scale}." for term, scale in grading.scales.items()]
    told += [_COMPUTED[grading.computed], _UNREPORTED[grading.laboratory.unreported]]
    told += [_BASELINE[grading.laboratory.baseline]]
    told += [f"Of a result, {name} is taken as {value}." for name, value in
             grading.laboratory.policy.items()]  # fmt: skip
    for own in grading.own_terms:
        grades = ", ".join(map(str, own.grades))
        of_laboratory = own.laboratory or own.measured
        is_laboratory = ", a laboratory finding" if of_laboratory else ""
        noun = "grade" if len(own.grades) == 1 else "grades"
        told.append(f"A term of this protocol's own: {own.term}{is_laboratory}, {noun} {grades}.")
        told += measured_sentences(own)
    blocks: list[Block] = [Heading(level=2, text="Grading"), _listed(told)]
    if interventions:
        given = [
            Item(lead=f"{kind}:", text=f"{'; '.join(words) or 'no other word'}.")
            for kind, words in interventions.items()
        ]
        blocks += [Heading(level=2, text="Interventions")]
        blocks += [Paragraph(text="The words that name each kind, beside its own name.")]
        blocks += [Items(items=tuple(given))]
    return blocks


def trial_blocks(document: Document) -> list[Block]:
    """Phases, patients, dose ladder, design and stagger rules."""
    told = [*_trial(document), *_ladder(document.ladder), *_design(document.design)]
    blocks: list[Block] = [Heading(level=2, text="Phases, doses and design"), _listed(told)]
    for each in document.stagger:
        rule = (Item(text=_stagger(each)),)
        blocks.append(Clause(at=each.at, says=each.says, sentence=None, rule=rule))
    return blocks


def notes_blocks(document: Document) -> list[Block]:
    """What the document notes of its text."""
    if not document.notes:
        return []
    return [Heading(level=2, text="Notes"), _listed(list(document.notes))]


def enrolment_part(stated: Any) -> Part:
    """The settings of the enrolment gate, each by its path."""
    lines = {path: Item(lead=f"{path}:", text=value) for path, value in _settings(stated, ())}
    return Part(title="enrolment gate", lines=lines)


def _settings(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    name = ", ".join(path) or "all"
    if isinstance(value, Mapping):
        if not value:
            yield name, "as by default"
        for key, part in value.items():
            yield from _settings(part, (*path, str(key)))
    elif isinstance(value, list):
        yield name, ", ".join(map(_told, value)) or "none"
    else:
        yield name, _told(value)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not stated" if value is None else str(value)


def _planned(number: int, noun: str, which: str = "") -> str:
    return f"{counted(number, noun)}{which} {'is' if number == 1 else 'are'} planned"


def _trial(document: Document) -> Iterator[str]:
    if document.planned_subjects is not None:
        yield f"{_planned(document.planned_subjects, 'patient')}."
    if document.follow_up is not None:
        yield f"Patients are followed for {amount_of(document.follow_up)}."
    for name, role in document.agents.items():
        yield f"{name} is {'the investigational agent' if role == 'investigational' else role}."
    for phase in document.phases:
        planned = phase.planned_subjects
        most = phase.cap_per_dose_level
        said = "" if planned is None else f", {counted(planned, 'patient')} planned"
        said += "" if most is None else f", {counted(most, 'patient')} at most at a dose level"
        yield f"Phase {phase.id}{said}."


def _ladder(ladder: Ladder) -> Iterator[str]:
    yield from (f"{_level(each, ladder.unit)}." for each in ladder.levels)
    if ladder.planned_levels is not None:
        yield f"{_planned(ladder.planned_levels, 'dose level', f' of {ladder.unit}')}."
    if ladder.de_escalation_levels:
        yield f"{_planned(ladder.de_escalation_levels, 'level', ' below the start')}."
    if ladder.tolerance_percent is not None:
        yield f"A dose may differ from its level by {ladder.tolerance_percent} %."
    if ladder.may_insert_levels:
        yield "Levels may be inserted between these."


def _level(level: DoseLevel, unit: str) -> str:
    others = "".join(f" or {each:,}" for each in level.alternatives)
    role = level.role.replace("_", "-")
    return f"Dose level {level.id} ({role}): {level.cells:,}{others} {unit}"


def _design(design: Design) -> Iterator[str]:
    named = design.kind.replace("_", " ")
    at = f" ({design.at})" if design.at is not None else ""
    yield f"The design is {named}{at}."
    if design.cohort_size is not None:
        yield f"A cohort has {counted(design.cohort_size, 'patient')}."
    if design.expanded_cohort is not None:
        yield f"A cohort is expanded to {counted(design.expanded_cohort, 'patient')}."
    if design.target_percent is not None:
        yield f"The target is a DLT rate of {design.target_percent} %."
    yield from design.says


def _stagger(rule: Stagger) -> str:
    cleared = " and until the committee has cleared it" if rule.needs_clearance else ""
    phases = ", ".join(rule.phases) or "no phase"
    return (
        f"Before {_ACT[rule.gated_act]}, {_WAITS[rule.kind]}: at least "
        f"{amount_of(rule.at_least)} from {_ANCHOR[rule.anchor]}{cleared} (in {phases})."
    )


def _listed(told: list[str]) -> Items:
    return Items(items=tuple(Item(text=each) for each in told))
