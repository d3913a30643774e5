"""Corners of the evaluator that no protocol of ours reaches, and records that contradict."""

from typing import Any

import numpy as np
import pytest

from app.domain.adjudication.decided_by import MOST_RUNS_SHOWN
from app.domain.adjudication.prepare import Prepared, prepare
from app.domain.adjudication.temporal import temporal
from app.domain.case import Event
from app.domain.dlt.batch import Batch
from app.domain.dlt.columns import Columns
from app.domain.dlt.encode import encode
from app.domain.dlt.evaluate import Judge
from app.domain.dlt.formula import FALSE, TRUE, Reached
from app.domain.dlt.judge import first_pass
from app.domain.dlt.program import Program
from app.domain.errors import BadCase
from app.domain.time import PartialTime
from tests.builders import LATER, event, fields, ic19, ic19_protocol, settles, subject
from tests.domain.dlt.toy import clause, first, toy

AKI, PNEUMONITIS = "Acute kidney injury", "Pneumonitis"


def hourly(count: int) -> list[tuple[int, str]]:
    """Grade 3 for six hours, twice a day, from 2026-03-02."""
    starts = [f"2026-03-{2 + number // 2:02}T{12 * (number % 2):02}" for number in range(count)]
    ends = [f"{start[:-2]}{int(start[-2:]) + 6:02}" for start in starts]
    return [
        change
        for start, end in zip(starts, ends, strict=True)
        for change in ((3, f"{start}:00+08:00"), (2, f"{end}:00+08:00"))
    ]


class TestManyRuns:
    """Each run is judged; of very many, the explanation shows the one that decides."""

    def test_the_last_of_many_decides(self) -> None:
        changes = [*hourly(50), (3, "2026-03-28"), (2, "2026-04-10")]
        judged = ic19(event(PNEUMONITIS, *changes))
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-04-05T00:00:00+08:00")
        shown = judged.explanation.tree.parts
        assert len(shown) == MOST_RUNS_SHOWN
        assert shown[-1].truth == "yes"

    def test_what_is_missing_is_asked_for_once(self) -> None:
        judged = ic19(event(PNEUMONITIS, *hourly(50), (3, "2026-03-28")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["recovery"])
        assert len(judged.missing) == 1

    def test_partly_dated_changes_may_all_lie_around_one_bound(self) -> None:
        in_march = [(grade, "2026-03") for grade in (3, 4, 3, 4)]
        judged = ic19(event(PNEUMONITIS, *in_march, (0, "2026-04-20")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["onset"])


class TestContradictingBaseline:
    """A baseline that places a rise after the infusion, and a fall that lies before it."""

    @pytest.mark.parametrize("grade", [3, 4])
    def test_is_undetermined(self, grade: int) -> None:
        changes = (grade, "2026-03-01"), (2, "2026-03-01T08:00+08:00")
        judged = ic19(event(PNEUMONITIS, *changes, (0, "2026-03-20")))
        assert judged.verdict == "UNDETERMINED"
        assert "dates" in fields(judged)

    def test_without_it_the_fall_decides(self) -> None:
        changes = (3, "2026-03-01"), (2, "2026-03-01T08:00+08:00")
        lasting = event(PNEUMONITIS, *changes, (0, "2026-03-20"), baseline_grade=3)
        assert ic19(lasting).verdict == "NOT_DLT"


class TestUnresolvedTerm:
    """Where the rules ask little, little matters."""

    def test_rules_that_never_ask_for_laboratory(self) -> None:
        protocol = toy(
            criteria=[clause("c", grade=3, when={"group": "g"})], groups={"g": ["Chills"]}
        )
        judged = first(protocol, event("Frobnication", (3, "2026-03-10")))
        assert (judged.verdict, fields(judged)) == ("UNDETERMINED", ["term"])
        answers = settles(judged, "term")
        assert answers["g"] == "DLT"
        assert set(answers.values()) == {"DLT", "NOT_DLT"}

    def test_together_with_more_grades_than_can_be_told_apart(self) -> None:
        days = [(None, f"2026-03-{day:02}") for day in range(2, 12)]
        judged = ic19(event("Frobnication", *days, (0, "2026-03-12")))
        assert judged.verdict == "UNDETERMINED"
        assert {"term", "grade"} <= set(fields(judged))


class TestAssessedHours:
    """A laboratory finding with a limit in hours."""

    SHOWN = (("2026-03-10T08:00+08:00", 3), ("2026-03-11T08:00+08:00", 3))

    @pytest.mark.parametrize(
        ("as_of", "verdict", "due"),
        [
            ("2026-03-12", "PENDING", "2026-03-13T08:00:00+08:00"),
            ("2026-03-14", "UNDETERMINED", None),
        ],
    )
    def test_persists_for_what_is_pending(self, as_of: str, verdict: str, due: str | None) -> None:
        protocol = toy(criteria=[clause("h", grade=3, longer_than="PT72H")])
        shown = [{"on": on, "grade": grade} for on, grade in self.SHOWN]
        case = event("Hypokalemia", (3, self.SHOWN[0][0]), ongoing=True, assessments=shown)
        judged = first(protocol, case, as_of=as_of)
        assert (judged.verdict, judged.becomes_dlt_at) == (verdict, due)


class TestOutsideTheirUse:
    """What the evaluator is not asked in earnest."""

    @staticmethod
    def columns(*events: Event) -> tuple[Columns, Program, Prepared]:
        protocol = ic19_protocol()
        assert protocol.rules is not None
        program = protocol.rules.program
        prepared = prepare([subject(*events)], protocol, PartialTime(LATER), "+08:00")[0]
        return encode([prepared.recorded], program, {}), program, prepared

    def test_what_changes_with_time_has_no_single_truth(self) -> None:
        columns, program, _ = self.columns(event(AKI, (4, "2026-03-10")))
        batch = Batch(columns, program)
        rows = batch.timeline.stretches(4).rows(np.arange(1))
        assert Judge(batch).truth(TRUE, rows).tolist() == [1]
        assert Judge(batch).truth(FALSE, rows).tolist() == [-1]
        with pytest.raises(TypeError, match="changes with time"):
            Judge(batch).truth(Reached(), rows)

    def test_times_are_asked_for_when_everything_else_is_known(self) -> None:
        columns, program, prepared = self.columns(event(AKI, (4, "2026-03-10"), causality=[]))
        recorded = prepared.recorded
        with pytest.raises(TypeError, match="cannot be unsettled in a completion"):
            list(temporal(columns, program, [(recorded.events[0], recorded.zone)]))

    def test_no_patients_have_no_infusions(self) -> None:
        _, program, _ = self.columns()
        nobody = encode([], program, {})
        assert len(first_pass(nobody, program).bounds.early) == 0


class TestAnswersToSeveral:
    """Where the rules ask a question of several things, a ruling says of which."""

    PROTOCOL = toy(
        criteria=[
            clause("c", grade=3, when={"all": [{"fact": "care"}, {"fact": "rested"}]}),
        ]
    )
    CASE = event(PNEUMONITIS, (3, "2026-03-10"))

    @staticmethod
    def ruling(**told: Any) -> dict[str, Any]:
        return {"on": "2026-04-01", "by": "SRC", "event": "AE-1", "question": "fact", **told}

    def test_without_it_the_ruling_is_refused(self) -> None:
        with pytest.raises(BadCase, match=r"say which \(about\): care, rested"):
            first(self.PROTOCOL, self.CASE, rulings=[self.ruling(answer="true")])

    def test_each_is_answered_by_itself(self) -> None:
        one = [self.ruling(answer="true", about="care")]
        judged = first(self.PROTOCOL, self.CASE, rulings=one)
        assert settles(judged, "fact") == {"true": "DLT", "false": "NOT_DLT"}
        both = [*one, self.ruling(answer="true", about="rested")]
        assert first(self.PROTOCOL, self.CASE, rulings=both).verdict == "DLT"

    def test_a_reading_is_not_ruled_on_for_one_event(self) -> None:
        wrong = {
            "on": "2026-04-01",
            "by": "SRC",
            "event": "AE-1",
            "reading": "R-SPEC",
            "answer": "x",
        }
        with pytest.raises(BadCase, match="not on both"):
            ic19(self.CASE, rulings=[wrong])


class TestAnAssessmentWithoutAGrade:
    """What was looked at may have been normal, unlike what was reported as a change."""

    @pytest.mark.parametrize(
        ("on", "seen", "verdict"),
        [
            ("2026-03-08", None, "UNDETERMINED"),
            ("2026-03-08", 3, "UNDETERMINED"),
            ("2026-03-14", None, "UNDETERMINED"),
            ("2026-03-14", 3, "DLT"),
        ],
    )
    def test_a_limit_runs_out_only_where_one_shows_it(
        self, on: str, seen: int | None, verdict: str
    ) -> None:
        """Of grade 3 from the 5th on, and said to be ongoing; a DLT after 7 days."""
        shown = [{"on": "2026-03-05", "grade": None}, {"on": on, "grade": seen}]
        case = event(PNEUMONITIS, (3, "2026-03-05"), ongoing=True, assessments=shown)
        judged = first(toy(criteria=[clause("week", grade=3, longer_than="P7D")]), case)
        assert judged.verdict == verdict

    BY = toy(criteria=[clause("any", grade=1)])

    def test_it_may_be_no_event(self) -> None:
        looked = event(PNEUMONITIS, assessments=[{"on": "2026-03-05", "grade": None}])
        told = first(self.BY, looked)
        assert settles(told, "grade")["0"] == "NOT_DLT"
        assert told.verdict == "UNDETERMINED"

    def test_a_change_is_one(self) -> None:
        assert first(self.BY, event(PNEUMONITIS, (None, "2026-03-05"))).verdict == "DLT"
