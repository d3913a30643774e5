"""The rows of demographics (DM) and disposition (DS) become the patient's own record.

A source governs the fields that it tells of, and no other: what it is silent about stays as it is
recorded. So a blank flag of death is not a "no", and nothing is told of follow-up: RFPENDTC, the
end of participation, is the date of the last contact of any kind, and would make of a telephone
call a window that was reviewed. A field that the rows tell in two ways is not told.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.domain.case import Death, SubjectData, Withdrawal
from app.domain.record.documents import Document
from app.domain.record.findings import RecordFinding
from app.domain.record.kinds import Identifier
from app.domain.record.row_findings import row_finding, said
from app.domain.source_system import SourceSystem
from app.domain.time import PartialTime
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.dispositions import Dispositions, dispositions_of
from app.interchange.held import last_change, of_row, standing
from app.interchange.made import HeldRow, Made, Part, Unmapped

_Value = TypeVar("_Value", bound=Hashable)
_IDENTIFIER: Final[TypeAdapter[str]] = TypeAdapter(Identifier)
_NOT_TOLD: Final = "not told"
_SEXES: Final = {
    "F": "female",
    "FEMALE": "female",
    "M": "male",
    "MALE": "male",
    "INTERSEX": _NOT_TOLD,
    "OTHER": _NOT_TOLD,
    "U": _NOT_TOLD,
    "UN": _NOT_TOLD,
    "UNDIFFERENTIATED": _NOT_TOLD,
    "UNK": _NOT_TOLD,
    "UNKNOWN": _NOT_TOLD,
}
"""CDISC's codelist SEX and FHIR's administrative gender."""

_NO_ARM: Final = frozenset({"NOTASSGN", "NOTTRT", "SCRNFAIL"})
"""Codes that older tables have in the place of an arm, where there is none."""

_LONGEST: Final = 4000


@dataclass(slots=True)
class _Told:
    """What the rows tell, so far."""

    system: SourceSystem
    fields: dict[str, Any] = field(default_factory=dict)
    findings: dict[RecordFinding, None] = field(default_factory=dict)
    unmapped: dict[tuple[str, str], Unmapped] = field(default_factory=dict)

    def note(self, code: str, pointer: str, what: str = "") -> None:
        self.findings[row_finding(code, pointer, what)] = None

    def wants(self, setting: str, variable: str, word: str) -> None:
        word = word[:200]
        unmapped = Unmapped(variable=variable, word=word, setting=setting)
        self.unmapped.setdefault((setting, word), unmapped)

    def cells(self, row: HeldRow) -> Cells:
        return Cells(row.fields, self.system)

    def take(self, cells: Cells) -> None:
        """Keep what was odd about cells that were read."""
        self.findings |= dict.fromkeys(cells.findings)


def patients_of(rows: Sequence[HeldRow], system: SourceSystem) -> tuple[Part, ...]:
    """The record of the patient whose rows these are, with the fields that they tell of.

    Rows of disposition that tell nothing make no patient by themselves.
    """
    demographics, dispositions = standing(rows, "DM"), standing(rows, "DS")
    held = (*demographics, *dispositions)
    if not held:
        return ()
    told = _Told(system)
    ended = dispositions_of(dispositions, system)
    for word in ended.unmapped:
        told.wants("dispositions", "DSDECOD", word)
    _sex(demographics, told)
    _birth(demographics, told)
    _site(demographics, told)
    _dose_level(demographics, told)
    _death(demographics, ended, told)
    _withdrawal(demographics, ended, told)
    if not demographics and not told.fields and not told.findings:
        alone = (of_row(row, "disposition_alone") for row in dispositions)
        return (*alone, *told.unmapped.values())
    source, reason = last_change(row for row in rows if row.domain in {"DM", "DS"})
    made = Made(
        kind="subject",
        record_id=held[0].subject,
        document=Document(subject=held[0].subject, content=SubjectData(**told.fields)),
        rows=tuple(row.key for row in held),
        findings=tuple(told.findings),
        source=source,
        reason=reason,
        governs=tuple(sorted(told.fields)),
    )
    return (made, *told.unmapped.values())


def _agreed(found: Iterable[_Value], variable: str, pointer: str, told: _Told) -> _Value | None:
    """The one value that is told; None where there is none, or more than one."""
    values = set(found)
    if len(values) > 1:
        told.note("patient_rows_differ", pointer, variable)
    return values.pop() if len(values) == 1 else None


def _texts(rows: Sequence[HeldRow], variable: str, told: _Told) -> list[str]:
    found = (told.cells(row).text(variable) for row in rows)
    return [each for each in found if each]


def _sex(rows: Sequence[HeldRow], told: _Told) -> None:
    shown = _texts(rows, "SEX", told)
    sexes = [_SEXES.get(words.folded(each)) for each in shown]
    for text, sex in zip(shown, sexes, strict=True):
        if sex is None:
            told.note("sex_unreadable", "/sex", said("SEX", text))
    sex = None if None in sexes else _agreed(sexes, "SEX", "/sex", told)
    if sex is not None:
        told.fields["sex"] = None if sex == _NOT_TOLD else sex


def _birth(rows: Sequence[HeldRow], told: _Told) -> None:
    times = _times(rows, "BRTHDTC", "/birth_year", told)
    years = (int(time.text[:4]) for time in times)
    year = _agreed(years, "BRTHDTC", "/birth_year", told)
    if year is not None:
        told.fields["birth_year"] = year


def _site(rows: Sequence[HeldRow], told: _Told) -> None:
    named = _agreed(_texts(rows, "SITEID", told), "SITEID", "/site", told)
    if named is None:
        return
    try:
        told.fields["site"] = _IDENTIFIER.validate_python(named)
    except ValidationError:
        told.note("site_not_an_id", "/site", said("SITEID", named))


def _dose_level(rows: Sequence[HeldRow], told: _Told) -> None:
    """The level of the arm that was planned, if it is also that of the arm that came of it."""
    planned = _level(rows, ("ARMCD", "ARM"), told)
    actual = _level(rows, ("ACTARMCD", "ACTARM"), told)
    levels = {each for each in (planned, actual) if each is not None}
    if len(levels) > 1 and "" not in levels:
        told.note("dose_level_differs", "/dose_level")
    elif levels and "" not in levels:
        told.fields["dose_level"] = levels.pop()


def _level(rows: Sequence[HeldRow], variables: tuple[str, str], told: _Told) -> str | None:
    """The dose level of an arm: None where there is no arm, empty where it has no level."""
    levels = set()
    for row in rows:
        cells = told.cells(row)
        shown = [(each, word) for each in variables if (word := cells.text(each))]
        if not shown or words.folded(shown[0][1]) in _NO_ARM:
            continue
        meanings = (words.meaning(told.system.dose_levels, word) for _, word in shown)
        level = next(filter(None, meanings), "")
        if not level:
            told.wants("dose_levels", *shown[0])
        levels.add(level)
    if len(levels) > 1:
        told.note("patient_rows_differ", "/dose_level", variables[0])
        return ""
    return levels.pop() if levels else None


def _death(rows: Sequence[HeldRow], ended: Dispositions, told: _Told) -> None:
    flags = _flags(rows, "DTHFL", "/death", told)
    dates = _times(rows, "DTHDTC", "/death/date", told)
    if not (dates or ended.deaths or True in flags):
        unread = _texts(rows, "DTHDTC", told)
        if unread:
            told.note("death_unclear", "/death", said("DTHDTC", unread[0]))
        elif flags == {False}:
            told.fields["death"] = None
        return
    if False in flags:
        told.note("death_denied", "/death")
    dates += _times(ended.deaths, "DSSTDTC", "/death/date", told)
    date = _common(dates, "/death/date", "death", told)
    told.fields["death"] = Death(date=date, cause=_terms(ended.deaths, told, but="DEATH"))


def _withdrawal(rows: Sequence[HeldRow], ended: Dispositions, told: _Told) -> None:
    if not ended.withdrawals:
        if ended.completed:
            told.fields["withdrawal"] = None
        elif ended.open and not ended.deaths:
            told.note("disposition_open", "/withdrawal")
        return
    dates = _times(ended.withdrawals, "DSSTDTC", "/withdrawal/date", told)
    date = _common(dates, "/withdrawal/date", "withdrawal", told)
    told.fields["withdrawal"] = Withdrawal(date=date, reason=_terms(ended.withdrawals, told))
    seen = _times(rows, "RFPENDTC", "", told)
    if date is not None and any(_surely_after(each, date) for each in seen):
        told.note("seen_after_withdrawal", "/withdrawal/date")


def _flags(rows: Sequence[HeldRow], variable: str, pointer: str, told: _Told) -> set[bool | None]:
    found = set()
    for row in rows:
        cells = told.cells(row)
        if cells.text(variable):
            found.add(cells.flag(variable, pointer))
        told.take(cells)
    return found


def _times(rows: Sequence[HeldRow], variable: str, pointer: str, told: _Told) -> list[PartialTime]:
    """The times of cells; those that cannot be read are told."""
    found = []
    for row in rows:
        cells = told.cells(row)
        found.append(cells.date(variable, pointer))
        told.take(cells)
    return [each for each in found if each is not None]


def _common(
    times: Sequence[PartialTime], pointer: str, what: str, told: _Told
) -> PartialTime | None:
    """The finest of times that agree; None, and a finding, where they do not, or are none."""
    finest = max(times, key=lambda time: (len(time.text), time.text), default=None)
    if finest is None:
        told.note("stop_date_missing", pointer, what)
        return None
    if all(finest.text.startswith(each.text) for each in times):
        return finest
    told.note("stop_dates_differ", pointer, what)
    return None


def _surely_after(later: PartialTime, earlier: PartialTime) -> bool:
    """Whether a day is later, as far as both are told."""
    shared = min(len(later.text), len(earlier.text), len("2026-03-01"))
    parts = later.text[:shared], earlier.text[:shared]
    return parts[0] > parts[1] and not any("--" in part for part in parts)


def _terms(rows: Sequence[HeldRow], told: _Told, but: str = "") -> str | None:
    """What was written of it, each once, and without a word that says no more."""
    found = {told.cells(row).text("DSTERM", "DSDECOD") for row in rows}
    listed = "; ".join(sorted(each for each in found if words.folded(each) != but))
    return listed[:_LONGEST] or None
