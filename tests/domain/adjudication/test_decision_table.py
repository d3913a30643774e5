"""Every cell of a decision table is what `adjudicate` answers for a worked case of it."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import pytest
from pydantic import TypeAdapter

from app.data.protocols import load, make_ready, protocol_ids
from app.domain.adjudication import decision_table as module
from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.cell import CellCase, VerdictCell
from app.domain.adjudication.decision_table import DurationRow, RuleTable, decision_table
from app.domain.adjudication.duration_edges import UTC, edges_of, lasting_of
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Subject
from app.domain.dlt.clock import Clock
from app.domain.dlt.rule import Clocks
from app.domain.time import HOUR, Limit, PartialTime
from tests.domain.dlt.toy import GRADE_3_OVER_7_DAYS, GRADE_4, clause, toy
from tests.golden.definitions.test_definitions import ENCODED, read

_SUBJECT = TypeAdapter(Subject)
WITH_RULES = [each for each in protocol_ids() if load(each).document.get("dlt")]


@cache
def table_of(protocol_id: str) -> RuleTable:
    found = decision_table(load(protocol_id).ready)
    assert found is not None
    return found


def adjudicated(
    protocol: ReadyProtocol,
    table: RuleTable,
    row: DurationRow,
    term: str,
    cell: VerdictCell,
    case: CellCase | None = None,
) -> str:
    """The verdict of the worked case of a cell, with the questions answered."""
    rules = protocol.rules
    assert rules is not None
    answers = case.answers if case else ()
    grades = [{"from": table.start, "grade": cell.grade}]
    if cell.grade < 5:
        grades.append({"from": row.until, "grade": 0})
    subject = _SUBJECT.validate_python(
        {
            "id": "S-01",
            "phase": rules.decided.rules.observed_in[0],
            "exposures": [
                {"agent": rules.decided.rules.window.agent, "start": "2026-01-05T08:00:00Z"}
            ],
            "events": [
                {
                    "id": "AE-1",
                    "term": term,
                    "grades": grades,
                    "baseline_grade": 0,
                    "ongoing": None if cell.grade == 5 else False,
                    "causality": [
                        {"agent": agent, "relatedness": word}
                        for agent, word in table.causality.items()
                    ],
                    "facts": {
                        each.about: each.answer for each in answers if each.question == "number"
                    },
                }
            ],
            "rulings": [
                {"on": "2026-01-06", "by": "Committee", "event": "AE-1",
                 "question": each.question, "about": each.about, "answer": each.answer}
                for each in answers if each.question != "number"
            ],
        }
    )  # fmt: skip
    return adjudicate([subject], protocol, PartialTime("2199-12-31"), "UTC")[0].events[0].verdict


def cells(table: RuleTable) -> Iterator[tuple[DurationRow, str, VerdictCell]]:
    for row in table.rows:
        for term in row.terms:
            yield from ((row, term.example, cell) for cell in row.cells)


@pytest.mark.no_cover
@pytest.mark.parametrize("protocol_id", WITH_RULES)
def test_every_cell_is_what_adjudicate_answers(protocol_id: str) -> None:
    every_cell_is_so(load(protocol_id).ready)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "definition",
    [pytest.param(each, marks=() if each == "DEF-09" else pytest.mark.slow) for each in ENCODED],
)
def test_so_is_every_cell_of_published_definitions(definition: str) -> None:
    every_cell_is_so(make_ready(read(f"{definition}.yaml")))


def every_cell_is_so(protocol: ReadyProtocol) -> None:
    table = decision_table(protocol)
    assert table is not None
    assert table.rows
    for row, term, cell in cells(table):
        place = (term, row.lasts, cell.grade, cell.says)
        asked: Sequence[CellCase | None] = cell.cases or (None,)
        for case in asked:
            verdict = adjudicated(protocol, table, row, term, cell, case)
            assert verdict == (case.verdict if case else cell.verdict), place
        if cell.cases:
            verdicts = {case.verdict for case in cell.cases}
            assert verdicts == {"DLT", "NOT_DLT"}, place
            assert adjudicated(protocol, table, row, term, cell) == "UNDETERMINED", place


def row_of(table: RuleTable, name: str, lasts: str) -> list[str]:
    (row,) = [
        each
        for each in table.rows
        if each.lasts == lasts and name in {term.name for term in each.terms}
    ]
    return [cell.says for cell in row.cells]


def test_ic19_in_short() -> None:
    table = table_of("NCT06886919")
    significant = "DLT, unless the finding was judged not clinically significant"
    vasopressor = "no DLT, unless an intervention of the kind “vasopressor” was given"
    crs = "cytokine release syndrome"
    none, dlt = "no DLT", "DLT"
    assert row_of(table, "any other term", "up to 7 days") == [none, none, none, dlt, dlt]
    assert row_of(table, "any other term", "longer than 7 days") == [none, none, dlt, dlt, dlt]
    assert row_of(table, crs, "up to 72 hours") == [none, none, none, dlt, dlt]
    assert row_of(table, crs, "longer than 72 hours") == [none, none, dlt, dlt, dlt]
    assert row_of(table, "hypotension", "longer than 72 hours, up to 7 days") == [
        none, none, vasopressor, dlt, dlt,
    ]  # fmt: skip
    assert row_of(table, "neutropenia", "up to 28 days") == [none, none, none, none, significant]
    assert row_of(table, "neutropenia", "longer than 28 days") == [
        none, none, none, significant, significant,
    ]  # fmt: skip
    assert row_of(table, "icans", "up to 7 days") == [none, none, none, dlt, dlt]
    assert row_of(table, "leukopenia", "any time") == [none, none, none, none, significant]


def test_what_is_assumed_is_said() -> None:
    assumes = table_of("NCT06886919").assumes
    assert "Its causality to IC19 is definite." in assumes
    assert any("links it to no syndrome" in each for each in assumes)


def test_a_trial_without_rules_has_none() -> None:
    assert decision_table(load("NCT05765006").ready) is None


def toy_table(**parts: Any) -> RuleTable:
    found = decision_table(toy(**parts))
    assert found is not None
    return found


def test_a_causality_that_every_question_takes_for_related() -> None:
    counts = {"related": {"agent": "IC19", "any_of": ["possible", "probable"]}}
    when = {"related": {"agent": "IC19", "any_of": ["probable", "definite"]}}
    other = {"related": {"agent": "chemotherapy", "any_of": ["definite"]}}
    table = toy_table(
        counts=counts,
        criteria=[{**GRADE_4, "when": {"all": [when, other]}}],
    )
    assert table.causality == {"IC19": "probable", "chemotherapy": "definite"}
    assert row_of(table, "any other term", "any time")[3:] == ["DLT", "DLT"]


def test_a_short_window_has_its_worked_case_inside() -> None:
    window = {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "PT30M"}
    table = toy_table(window=window)
    assert table.start == "2026-01-05T08:15:00+00:00"
    assert row_of(table, "any other term", "any time")[3] == "DLT"


def test_an_excluded_limit_is_worded_so() -> None:
    table = toy_table(criteria=[GRADE_3_OVER_7_DAYS], clocks={"within_includes_limit": False})
    assert [row.lasts for row in table.rows] == ["shorter than 7 days", "7 days or longer"]
    assert [row.cells[2].says for row in table.rows] == ["no DLT", "DLT"]


def test_terms_that_are_laboratory_findings_and_not_stand_apart() -> None:
    table = toy_table(
        groups={"mixed": ["Nausea", "Neutrophil count decreased"]},
        criteria=[{**GRADE_4, "when": {"all": [{"group": "mixed"}, {"laboratory": True}]}}],
    )
    said = {term.name: row.cells[3].says for row in table.rows for term in row.terms}
    assert said == {
        "mixed": "no DLT",
        "mixed (laboratory terms)": "DLT",
        "any other term": "no DLT",
        "any other laboratory finding": "no DLT",
    }


def test_a_term_is_named_by_all_that_the_rules_can_tell_of_it() -> None:
    table = toy_table(
        groups={"lung": ["Pneumonitis"]},
        criteria=[{**GRADE_4, "when": {"any": [{"group": "lung"}, {"term": "Pneumonitis"}]}}],
    )
    names = {term.name for row in table.rows for term in row.terms}
    assert names == {"lung and Pneumonitis", "any other term"}


def test_too_many_facts_leave_a_cell_or_the_table_out(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [{"fact": f"f{number}"} for number in range(13)]
    table = toy_table(criteria=[clause("many", grade=4, when={"any": many})])
    assert row_of(table, "any other term", "any time")[3] == (
        "depends on more facts than can be tried"
    )
    criteria = [{**GRADE_4, "when": {"fact": "f"}}]
    monkeypatch.setattr(module, "MOST_COMPLETIONS", 10)
    assert toy_table(criteria=criteria).left_out is None
    monkeypatch.setattr(module, "MOST_COMPLETIONS", 9)
    left_out = toy_table(criteria=criteria)
    assert (left_out.rows, "too many facts" in (left_out.left_out or "")) == ((), True)
    monkeypatch.setattr(module, "MOST_CELLS", 4)
    left_out = toy_table(criteria=criteria)
    assert left_out.rows == ()
    assert left_out.left_out == "A table of the verdicts would have 5 cells."


USUAL = Clocks()
START = PartialTime("2026-01-05T10:00:00Z").span(UTC).first


def ends(*limits: str, **clocks: bool | str) -> list[tuple[str, str]]:
    chosen: Any = clocks
    settings = Clocks(**chosen)
    return lastings([Clock(grade=3, stop=2, limit=Limit(each)) for each in limits], settings)


def lastings(asked: list[Clock], settings: Clocks = USUAL) -> list[tuple[str, str]]:
    edges = edges_of(asked, settings, START, START - 2 * HOUR)
    return [(lasting.words, UTC.text(lasting.until)[:16]) for lasting in lasting_of(edges, START)]


def test_the_longest_event_that_is_within_a_limit() -> None:
    assert ends("P3D", "PT72H") == [
        ("up to 72 hours", "2026-01-08T10:00"),
        ("longer than 72 hours, up to 3 days", "2026-01-08T23:59"),
        ("longer than 3 days", "2026-01-09T23:59"),
    ]
    assert ends("P3D", "PT72H", within_includes_limit=False) == [
        ("shorter than 3 days", "2026-01-07T23:59"),
        ("3 days or longer, shorter than 72 hours", "2026-01-08T09:59"),
        ("72 hours or longer", "2026-01-09T09:59"),
    ]


def test_a_limit_that_is_beyond_itself_ends_a_minute_or_a_day_before() -> None:
    at_least = [
        Clock(grade=3, stop=2, limit=Limit(each), reached=True) for each in ("PT72H", "P4D")
    ]
    assert lastings(at_least) == [
        ("shorter than 72 hours", "2026-01-08T09:59"),
        ("72 hours or longer, shorter than 4 days", "2026-01-08T23:59"),
        ("4 days or longer", "2026-01-09T23:59"),
    ]


def test_a_limit_from_the_infusion_is_reached_sooner() -> None:
    from_infusion = Clock(grade=3, stop=2, limit=Limit("PT72H"), counted_from="infusion")
    at_once = Clock(grade=3, stop=2, limit=Limit("PT1H"), counted_from="first_infusion")
    assert lastings([from_infusion, at_once]) == [
        ("up to 72 hours from the infusion", "2026-01-08T08:00"),
        ("longer than 72 hours from the infusion", "2026-01-09T08:00"),
    ]


def test_limits_that_are_one_draw_one_line() -> None:
    assert [words for words, _ in ends("P14D", "P2W")] == ["up to 14 days", "longer than 14 days"]
    assert len(ends("P3D", "PT72H", days_are="elapsed")) == 2


def test_a_limit_that_nothing_keeps_draws_no_line() -> None:
    assert ends("PT0H") == [("any time", "2026-01-06T10:00")]
    assert ends("P0D", within_includes_limit=False) == [("any time", "2026-01-06T10:00")]
