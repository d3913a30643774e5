"""Results that rows make need no copy in the events: the engine grades them as courses itself."""

from dataclasses import replace

from app.domain.adjudication.result import EventAdjudication
from app.domain.case import Event, LaboratoryResult
from app.interchange.laboratory import results_of
from app.interchange.made import HeldRow
from tests.builders import event, ic19_patient, subject
from tests.interchange.domain_rows import PLAIN, held, made

TERM = "Neutrophil count decreased"


def counted(on: str, value: str) -> HeldRow:
    cells = {"LBTESTCD": "NEUT", "LBORRESU": "10^9/L", "LBORNRLO": "1.8"}
    return held("LB", cells={**cells, "LBORRES": value, "LBDTC": f"{on}T08:00"})


def judged(told: Event, *rows: HeldRow) -> EventAdjudication:
    contents = [each.document.content for each in made(results_of(rows, PLAIN))]
    results = tuple(each for each in contents if isinstance(each, LaboratoryResult))
    return ic19_patient(replace(subject(told), laboratory=results)).events[0]


def found(answer: EventAdjudication) -> list[str]:
    return [each.code for each in answer.findings]


def test_an_event_without_grades_is_judged_by_the_results() -> None:
    """IC19 lets grade 4 pass for 28 days: of 29 days it is a DLT, of 28 it is none."""
    told = event(TERM, clinically_significant=True)
    long = counted("2026-03-05", "0.3"), counted("2026-04-03", "0.4"), counted("2026-04-04", "2")
    answer = judged(told, *long)
    assert (answer.verdict, found(answer)[:1]) == ("DLT", ["computed_grade_used"])
    short = counted("2026-03-05", "0.3"), counted("2026-04-02", "2")
    assert judged(told, *short).verdict == "NOT_DLT"


def test_a_worst_grade_that_the_results_contradict_is_told_with_both_verdicts() -> None:
    told = event(TERM, (3, "2026-03-04"), (0, "2026-04-20"), clinically_significant=True)
    answer = judged(told, counted("2026-03-05", "0.3"), counted("2026-04-03", "0.4"))
    assert answer.verdict == "NOT_DLT"
    assert found(answer) == ["computed_grade_differs", "computed_grade_changes_verdict"]
