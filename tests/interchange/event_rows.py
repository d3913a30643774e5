"""Held rows of adverse events in a line, and what is made of them."""

from collections.abc import Iterable
from typing import Any

from app.domain.case import AdverseEvent, ScaleAssessment
from app.domain.record.kinds import Kind
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.made import HeldRow, Made
from app.interchange.rows import Domain

PLAIN = SourceSystem()
WORST = SourceSystem(grade_collection="worst_only")
PER_GRADE = SourceSystem(grade_collection="row_per_grade", episode_end="grade")
FINDINGS = SourceSystem(grade_collection="findings_about")

Steps = list[tuple[str | None, int | None]]


def held(domain: Domain, key: str, /, **fields: Any) -> HeldRow:
    """A row by its domain and key; `related`, `removed` and `extract` are its own."""
    own = {name: fields.pop(name) for name in ("related", "removed", "extract") if name in fields}
    cells = {name: str(cell) for name, cell in fields.items()}
    return HeldRow(domain=domain, key=key, subject="S-01", fields=cells, **own)


def ae(
    key: str = "E1", /, start: str = "", end: str = "", grade: object = "", **more: Any
) -> HeldRow:
    """A row of AE: Hypoxia, unless another term is given."""
    dated = {"AESTDTC": start, "AEENDTC": end, "AETOXGR": grade}
    told = {name: cell for name, cell in dated.items() if cell != ""}
    return held("AE", key, **{"AETERM": "Hypoxia", **told, **more})


def fa(key: str, /, grade: object, on: str = "", **more: Any) -> HeldRow:
    """A row of FA that gives a grade of Hypoxia at a time."""
    cells = {"FATESTCD": "TOXGR", "FAOBJ": "Hypoxia", "FASTRESC": grade, "FADTC": on}
    return held(
        "FA", key, **{**{name: cell for name, cell in cells.items() if cell != ""}, **more}
    )


def events(rows: Iterable[HeldRow], system: SourceSystem = PLAIN) -> list[Made]:
    """The records of adverse events, in the order of their ids."""
    return [made for made in assemble(list(rows), system).made if made.kind == "adverse_event"]


def record(rows: HeldRow | Iterable[HeldRow], system: SourceSystem = PLAIN) -> Made:
    """The one record of an adverse event."""
    (made,) = events([rows] if isinstance(rows, HeldRow) else rows, system)
    return made


def event(rows: HeldRow | Iterable[HeldRow], system: SourceSystem = PLAIN) -> AdverseEvent:
    """What the one record holds."""
    content = record(rows, system).document.content
    assert isinstance(content, AdverseEvent)
    return content


def contents(rows: Iterable[HeldRow], system: SourceSystem = PLAIN) -> list[AdverseEvent]:
    """What the records of adverse events hold."""
    found = [made.document.content for made in events(rows, system)]
    return [content for content in found if isinstance(content, AdverseEvent)]


def assessments(rows: Iterable[HeldRow], system: SourceSystem = PLAIN) -> list[ScaleAssessment]:
    """What the records of assessments hold."""
    made = assemble(list(rows), system).made
    return [
        each.document.content
        for each in made
        if isinstance(each.document.content, ScaleAssessment)
    ]


def steps(content: AdverseEvent) -> Steps:
    """The grade changes as times and grades."""
    return [(change.at.text if change.at else None, change.grade) for change in content.grades]


def codes(made: Made) -> list[str]:
    """The codes of a record's findings."""
    return sorted(finding.code for finding in made.findings)


def codes_of(kind: Kind, rows: Iterable[HeldRow], system: SourceSystem = PLAIN) -> list[list[str]]:
    """The codes of the findings of each record of a kind."""
    return [codes(made) for made in assemble(list(rows), system).made if made.kind == kind]


def row_codes(rows: Iterable[HeldRow], system: SourceSystem = PLAIN) -> list[tuple[str, str]]:
    """The findings that stand with rows: key and code."""
    return [(each.row, each.code) for each in assemble(list(rows), system).findings]
