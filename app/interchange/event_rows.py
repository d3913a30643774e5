"""What one row of AE tells of an event, with its supplemental values."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from app.domain.case import Seriousness
from app.domain.record.findings import RecordFinding
from app.domain.record.row_findings import said
from app.domain.source_system import OutcomeMeaning, SourceSystem
from app.domain.time import PartialTime, Precision
from app.interchange import words
from app.interchange.causality import Judged, judgements, judges
from app.interchange.cells import Cells
from app.interchange.going_on import ending, is_told_already
from app.interchange.held import as_name
from app.interchange.made import HeldRow, Unmapped
from app.interchange.returned import Returned, returned_of
from app.interchange.stretches import Stretch

NO_TERM: Final = "Event without a term"
"""The term of an event of which none was sent: no dictionary has it, so it may be any."""

PART_OF: Final = "part_of"
"""The name under which `facts` maps the variable that names the syndrome of an event."""

_NO_SETTINGS: Final = SourceSystem()
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_TERM: Final = 200
_LONGEST_FACT: Final = 4000
_MOST_DIGITS, _MOST_RECORDED = 9, 16
"""Of a code: the most that are read, and the most that a record holds."""
_PARTS: Final = re.compile(r"\s*[;|]\s*")
_TELLS: Final = (
    "AETERM", "AEDECOD", "AEMODIFY", "AELLT", "AELLTCD", "AEPTCD", "AETOXGR", "AESEV", "AESTDTC",
    "AEENDTC", "AESER", "AESDTH", "AESLIFE", "AEOUT",
)  # fmt: skip
"""What makes a row an event: without any of these, nobody has entered one yet."""

_CRITERIA: Final[Mapping[str, str]] = {
    "AESLIFE": "life_threatening",
    "AESDTH": "death",
    "AESHOSP": "hospitalisation",
    "AESDISAB": "disability",
    "AESCONG": "congenital_anomaly",
    "AESMIE": "medically_important",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row of AE, understood.

    `end_is_sure` is false where something contradicts the end. `ongoing` is not known of a row
    that has one.
    """

    row: HeldRow
    supplements: tuple[HeldRow, ...]
    term: str
    names: frozenset[str]
    """By what the term is known as the same: its code, its folded words."""
    code: int | None
    start: PartialTime | None
    end: PartialTime | None
    grade: int | None
    outcome: OutcomeMeaning | None
    fatal: bool
    ongoing: bool | None
    ongoing_as_of: PartialTime | None
    end_is_sure: bool
    judged: Judged
    seriousness: Seriousness | None
    interventions: tuple[str, ...] | None
    facts: Mapping[str, bool | str]
    returned: Returned | None
    """What our own export tells of the record; None of a row of another system."""
    syndrome: tuple[str, str] | None
    """The variable that names the event that this is part of, and what it holds."""
    findings: tuple[RecordFinding, ...]
    unmapped: tuple[Unmapped, ...]

    @property
    def key(self) -> str:
        """The key of the row."""
        return self.row.key

    @property
    def stretch(self) -> Stretch:
        """The time for which the row gives its grade."""
        return Stretch(start=self.start, end=self.end, grade=self.grade, key=self.key)

    def cell(self, variable: str) -> str:
        """A cell as it was written, without blanks around it."""
        return self.row.fields.get(variable, "").strip()


def read_event(
    row: HeldRow,
    supplements: Iterable[HeldRow] = (),
    system: SourceSystem = _NO_SETTINGS,
    *,
    administered: Mapping[str, str] = _NOTHING,
    reference: tuple[PartialTime | None, PartialTime | None] = (None, None),
) -> EventRow:
    """What a row of AE tells. `reference` is the patient's RFSTDTC and RFENDTC."""
    told = tuple(sorted(supplements, key=lambda each: each.key))
    supplemented, contradicted_names = _supplemented(told, system)
    cells = Cells({**supplemented, **_filled(row.fields)}, system)
    for name in contradicted_names:
        cells.note("supplement_contradicted", "", name)
    start, end = cells.date("AESTDTC", "/grades"), cells.date("AEENDTC", "/grades")
    _check_days(cells, reference[0], (("AESTDY", start), ("AEENDY", end)))
    grade, outcome = _grade(cells), _outcome(cells)
    returned = returned_of(cells)
    if returned is not None and is_told_already(outcome, grade, cells):
        outcome = None
    seriousness = _seriousness(cells, outcome)
    fatal = outcome == "fatal" or (seriousness is not None and seriousness.death is True)
    ended = ending(
        cells, row, outcome, reference[1], end=end, fatal=fatal, is_ours=returned is not None
    )
    term, names, code = _term(cells, is_ours=returned is not None)
    return EventRow(
        row=row,
        supplements=told,
        term=term,
        names=names,
        code=code,
        start=start,
        end=end,
        grade=grade,
        outcome=outcome,
        fatal=fatal,
        ongoing=ended.ongoing,
        ongoing_as_of=ended.as_of,
        end_is_sure=ended.end_is_sure,
        judged=judgements(cells, told, row, administered),
        seriousness=seriousness,
        interventions=_interventions(cells, administered) if returned is None else None,
        facts=_facts(cells),
        returned=returned,
        syndrome=_syndrome(cells),
        findings=tuple(cells.findings),
        unmapped=tuple(cells.unmapped),
    )


def is_event(row: HeldRow, supplements: Iterable[HeldRow] = ()) -> bool:
    """Whether anything of an event has been entered in a row of AE."""
    told = {each.fields.get("QNAM", "") for each in supplements}
    return any(row.fields.get(each, "").strip() or each in told for each in _TELLS)


def denial_of(row: HeldRow) -> str | None:
    """The variable that says that there was no such event, where one does."""
    cell = {name: words.folded(row.fields.get(name, "")) for name in ("AEOCCUR", "AESTAT")}
    if cell["AEOCCUR"] in words.NO:
        return "AEOCCUR"
    return "AESTAT" if cell["AESTAT"] == "NOT DONE" else None


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: cell for name, cell in fields.items() if cell.strip()}


def _supplemented(
    told: Iterable[HeldRow], system: SourceSystem
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Supplemental values by variable, but for judgements; and the variables that have several."""
    values: dict[str, set[str]] = {}
    for each in told:
        name = each.fields.get("QNAM", "").strip()
        if name and not judges(name, system):
            values.setdefault(name, set()).add(each.fields.get("QVAL", "").strip())
    sure = {name: next(iter(of)) for name, of in values.items() if len(of) == 1}
    return sure, tuple(sorted(values.keys() - sure.keys()))


def _check_days(
    cells: Cells, first: PartialTime | None, dated: Iterable[tuple[str, PartialTime | None]]
) -> None:
    """Study days against dates: the day of RFSTDTC is 1, the day before it -1; there is no 0."""
    for variable, time in dated:
        cell = cells.text(variable).removesuffix(".0")
        if not re.fullmatch(r"-?[0-9]{1,5}", cell, re.ASCII):
            continue
        day = int(cell)
        passed = _days_between(first, time)
        told = passed if passed is None or passed < 0 else passed + 1
        if day == 0 or (told is not None and told != day):
            cells.note("study_day_contradicts", "/grades", said(variable, cell))


def _days_between(first: PartialTime | None, time: PartialTime | None) -> int | None:
    exact = {Precision.DAY, Precision.HOUR, Precision.INSTANT}
    if first is None or time is None or not {first.precision, time.precision} <= exact:
        return None
    return (date.fromisoformat(time.text[:10]) - date.fromisoformat(first.text[:10])).days


def _grade(cells: Cells) -> int | None:
    """AETOXGR; the severity only where the settings say which grade its word is."""
    cell, severity = cells.text("AETOXGR"), cells.text("AESEV")
    grade = words.grade(cell)
    if cell and grade is None and words.folded(cell) not in words.UNKNOWN:
        cells.note("grade_unreadable", "/grades", said("AETOXGR", cell))
    mapped = words.meaning(cells.system.severity_grades, severity) if severity else None
    if cell:
        if grade is not None and mapped is not None and mapped != grade:
            cells.note("grade_and_severity_differ", "/grades", said("AESEV", severity))
        return grade
    if severity and mapped is None:
        cells.note("severity_unmapped", "/grades", said("AESEV", severity))
        cells.wanting("severity_grades", "AESEV")
    return mapped


def _outcome(cells: Cells) -> OutcomeMeaning | None:
    cell = cells.text("AEOUT")
    found = words.outcome(cell, cells.system.outcomes) if cell else None
    if cell and found is None:
        cells.note("outcome_unmapped", "/ongoing", said("AEOUT", cell))
        cells.wanting("outcomes", "AEOUT")
    return found


def _seriousness(cells: Cells, outcome: OutcomeMeaning | None) -> Seriousness | None:
    """Each criterion as it was sent. AESER = N makes none of them false: grade 4 by a number is
    often no serious event, and a false criterion bounds a grade that is not known.
    """
    told = {
        name: cells.flag(variable, f"/seriousness/{name}") for variable, name in _CRITERIA.items()
    }
    met = [variable for variable, name in _CRITERIA.items() if told[name]]
    if met and cells.flag("AESER") is False:
        cells.note("seriousness_contradicted", "/seriousness", said(met[0], cells.text(met[0])))
    if outcome == "fatal":
        if told["death"] is False:
            cells.note(
                "seriousness_contradicted",
                "/seriousness/death",
                said("AEOUT", cells.text("AEOUT")),
            )
        told["death"] = None if told["death"] is False else True
    return Seriousness(**told) if any(each is not None for each in told.values()) else None


def _term(cells: Cells, *, is_ours: bool) -> tuple[str, frozenset[str], int | None]:
    """The term, what makes it the same as another's, and its code.

    A term that the settings give has no code: theirs is the last word. One of our own export
    stands as it was recorded, were it the word for none.
    """
    decoded, reported = cells.text("AEDECOD"), cells.text("AETERM", "AEMODIFY")
    mapped = next(
        filter(None, (words.meaning(cells.system.terms, each) for each in (decoded, reported))),
        None,
    )
    ours = as_name(reported) if is_ours and not mapped and not decoded else None
    term = ours or plain(mapped or decoded or cells.text("AELLT", "AEMODIFY", "AETERM"))
    if not term:
        cells.note("term_missing", "/term")
        term = NO_TERM
    elif len(term) > _LONGEST_TERM:
        cells.note("term_shortened", "/term")
        term = term[:_LONGEST_TERM].rstrip()
    digits = cells.text("AELLTCD", "AEPTCD").removesuffix(".0")
    most = _MOST_RECORDED if is_ours else _MOST_DIGITS
    is_code = re.fullmatch("[0-9]+", digits, re.ASCII) and len(digits) <= most
    code = int(digits) if is_code and not mapped else None
    names = {words.folded(term)} - (set() if ours else {words.folded(NO_TERM)})
    return term, frozenset(names | ({f"#{code}"} if code is not None else set())), code


def plain(text: str) -> str:
    """A text as one line, without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _interventions(cells: Cells, administered: Mapping[str, str]) -> tuple[str, ...] | None:
    """What was given for the event: none where AECONTRT says so, else what the settings map.

    A part may name a row of EX, as FHIR does, and is then its treatment. Only beside a Y is what
    was named taken for all that was given.
    """
    treated, named = cells.flag("AECONTRT", "/interventions"), cells.text("AEACNOTH", "AETRT")
    variable = "AEACNOTH" if cells.text("AEACNOTH") else "AETRT"
    if words.folded(named) in {"", "NONE", *words.UNKNOWN}:
        if treated:
            cells.note("intervention_not_named", "/interventions", "AECONTRT")
        return () if treated is False else None
    known = cells.system.interventions
    whole = words.meaning(known, named)
    each_part = (administered.get(each, each) for each in _PARTS.split(named) if each)
    parts = [whole] if whole else [words.meaning(known, each) for each in each_part]
    if None in parts:
        cells.note("intervention_unmapped", "/interventions", said(variable, named))
        cells.wanting("interventions", variable)
        return None
    if treated is None:
        cells.note("interventions_open", "/interventions", said(variable, named))
        return None
    return tuple(sorted({each for each in parts if each}))


def _facts(cells: Cells) -> dict[str, bool | str]:
    """What a protocol asks for by name, as far as a variable of the event tells it."""
    found: dict[str, bool | str] = {}
    for variable, name in sorted(cells.system.facts.items()):
        cell = cells.text(variable)
        if cell and name != PART_OF:
            value = words.flag(cell)
            found[name] = cell[:_LONGEST_FACT] if value is None else value
    return found


def _syndrome(cells: Cells) -> tuple[str, str] | None:
    """What the variable that the settings map to `part_of` holds."""
    variables = sorted(each for each, name in cells.system.facts.items() if name == PART_OF)
    found = ((each, cells.text(each)) for each in variables)
    return next((pair for pair in found if pair[1]), None)
