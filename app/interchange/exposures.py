"""The rows of exposure (EX) become administrations of agents, one of each row.

Daily doses are many administrations, and a row that spans months is one: which of them opens a
window, the protocol says by its agent. What was not given is no administration, and stays a row.
A dose of placebo is written as 0, and is an administration of what is named.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from app.domain.case import Exposure
from app.domain.record.documents import Document
from app.domain.record.row_findings import said
from app.domain.source_system import SourceSystem
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.held import as_name, of_row, standing
from app.interchange.made import HeldRow, Made, Part, Unmapped


def exposures_of(rows: Sequence[HeldRow], system: SourceSystem) -> tuple[Part, ...]:
    """The administrations that the rows tell of, and the treatments that the settings lack."""
    parts: list[Part] = []
    unmapped: dict[Unmapped, None] = {}
    for row in standing(rows, "EX"):
        cells = Cells(row.fields, system)
        parts.append(_exposure(row, cells))
        unmapped |= dict.fromkeys(cells.unmapped)
    return (*parts, *unmapped)


def _exposure(row: HeldRow, cells: Cells) -> Part:
    given = cells.flag("EXOCCUR")
    if words.folded(cells.text("EXSTAT")) == "NOT DONE":
        return of_row(row, "not_given", said("EXSTAT", cells.text("EXSTAT")))
    if given is False:
        return of_row(row, "not_given", said("EXOCCUR", cells.text("EXOCCUR")))
    agent = _agent(cells)
    if agent is None:
        return of_row(row, "treatment_not_named")
    start, end = cells.date("EXSTDTC", "/start"), cells.date("EXENDTC", "/end")
    if start is None and all(each.pointer != "/start" for each in cells.findings):
        cells.note("start_missing", "/start")
    if given is None and _is_nothing(cells):
        cells.note("dose_zero")
    return Made(
        kind="exposure",
        record_id=row.key,
        document=Document(
            subject=row.subject, content=Exposure(agent=agent, start=start, end=end)
        ),
        rows=(row.key,),
        findings=tuple(cells.findings),
        source=row.source,
        reason=row.reason,
    )


def _agent(cells: Cells) -> str | None:
    """The agent of the protocol that the treatment is; None where nothing is named.

    Without names in the settings, a treatment is the agent that it is called.
    """
    treatment, agents = cells.text("EXTRT"), cells.system.agents
    mapped = words.meaning(agents, treatment)
    if mapped is not None:
        return mapped
    agent = as_name(treatment)
    if agent is None:
        return None
    if agents and words.folded(treatment) not in {words.folded(each) for each in agents.values()}:
        cells.wanting("agents", "EXTRT")
    return agent


def _is_nothing(cells: Cells) -> bool:
    """Whether it is a dose of nothing, of what is no placebo."""
    try:
        dose = Decimal(cells.text("EXDOSE"))
    except InvalidOperation:
        return False
    return dose.is_zero() and "PLACEBO" not in words.folded(cells.text("EXTRT"))
