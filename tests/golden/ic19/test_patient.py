"""An IC19 patient: DLT > UNDETERMINED > PENDING > IN_WINDOW > NOT_EVALUABLE > NO_DLT.

The window of the infusion on 2026-03-01 ends with 2026-03-29.
"""

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.result import SubjectAdjudication
from app.domain.errors import BadCase
from app.domain.time import PartialTime
from tests.builders import INFUSED, LATER, event, ic19_patient, ic19_protocol, subject

PNEUMONITIS = "Pneumonitis"
WINDOW_END = "2026-03-30T00:00:00+08:00"

DLT = event(PNEUMONITIS, (4, "2026-03-10"), (1, "2026-03-12"), id="DLT")
OPEN_QUESTION = event(PNEUMONITIS, (4, "2026-03-10"), (1, "2026-03-12"), id="ASK", causality=[])
PENDING = event(PNEUMONITIS, (3, "2026-03-10"), ongoing=True, id="RUNS")
NEXT_PENDING = event(
    "Cytokine release syndrome", (3, "2026-03-11T08:00+08:00"), ongoing=True, id="RUNS-2"
)
HARMLESS = event(PNEUMONITIS, (2, "2026-03-10"), (0, "2026-03-12"), id="MILD")


def patient(*events: Any, as_of: str = LATER, **recorded: Any) -> SubjectAdjudication:
    return ic19_patient(subject(*events, **recorded), as_of=as_of).subject


class TestPrecedence:
    """The gravest event speaks for the patient; then the window, then the follow-up."""

    @pytest.mark.parametrize(
        ("events", "status"),
        [
            ((HARMLESS, PENDING, OPEN_QUESTION, DLT), "DLT"),
            ((HARMLESS, PENDING, OPEN_QUESTION), "UNDETERMINED"),
            ((HARMLESS, PENDING), "PENDING"),
            ((HARMLESS,), "IN_WINDOW"),
            ((), "IN_WINDOW"),
        ],
    )
    def test_by_the_gravest_event(self, events: Any, status: str) -> None:
        assert patient(*events, as_of="2026-03-12").status == status
        assert patient(*reversed(events), as_of="2026-03-12").status == status

    def test_undetermined_hands_on_what_its_events_lack(self) -> None:
        missing = patient(OPEN_QUESTION, PENDING, as_of="2026-03-12").missing
        assert [(each.event, each.field) for each in missing] == [("ASK", "causality")]

    def test_pending_lasts_until_the_earliest_of_its_events(self) -> None:
        status = patient(PENDING, NEXT_PENDING, as_of="2026-03-12")
        assert (status.status, status.until) == ("PENDING", "2026-03-14T08:00:00+08:00")

    def test_a_dlt_makes_a_patient_evaluable_whatever_follow_up_is_left(self) -> None:
        assert patient(DLT, withdrawal={"date": "2026-03-20"}).status == "DLT"
        assert patient(DLT, follow_up_until="2026-03-13").status == "DLT"

    def test_a_dlt_is_one_however_often_it_is_reported(self) -> None:
        twice = event(PNEUMONITIS, (4, "2026-03-10"), id="AGAIN", synonym_of="DLT")
        answer = ic19_patient(subject(DLT, twice))
        assert answer.subject.status == "DLT"
        assert "duplicate_of" in [finding.code for finding in answer.events[1].findings]

    def test_the_reason_names_the_events(self) -> None:
        assert "DLT is a DLT" in patient(DLT).explanation.text


class TestWindow:
    """In the window until its end, then no DLT."""

    @pytest.mark.parametrize(
        ("as_of", "status", "until"),
        [
            ("2026-03-02", "IN_WINDOW", WINDOW_END),
            ("2026-03-28", "IN_WINDOW", WINDOW_END),
            ("2026-03-29T23:59+08:00", "IN_WINDOW", WINDOW_END),
            ("2026-03-29", "NO_DLT", None),
            ("2026-03-30", "NO_DLT", None),
        ],
    )
    def test_it_is_open_through_day_28(self, as_of: str, status: str, until: str | None) -> None:
        found = patient(HARMLESS, as_of=as_of)
        assert (found.status, found.until) == (status, until)

    def test_it_is_told(self) -> None:
        window = patient().window
        assert [(each.start, each.end) for each in window] == [
            ("2026-03-01T10:00:00+08:00", WINDOW_END)
        ]

    def test_each_infusion_has_one_and_the_last_to_end_counts(self) -> None:
        twice = patient(infused=[INFUSED, "2026-04-10T10:00:00+08:00"], as_of="2026-04-20")
        assert len(twice.window) == 2
        assert (twice.status, twice.until) == ("IN_WINDOW", "2026-05-09T00:00:00+08:00")

    def test_the_text_knows_no_early_completion(self) -> None:
        completed = {"on": "2026-03-10", "reason": "all assessments done"}
        status = patient(window_completed=completed, as_of="2026-03-12")
        assert status.status == "IN_WINDOW"
        assert [finding.code for finding in status.findings] == ["early_completion_not_allowed"]

    @pytest.mark.parametrize(
        "exposure", [{"infused": []}, {"exposures": None}, {"infused": [None]}]
    )
    def test_without_a_known_infusion_there_is_none(self, exposure: dict[str, Any]) -> None:
        status = patient(HARMLESS, **exposure)
        assert status.status == "UNDETERMINED"
        assert [each.field for each in status.missing] == ["exposure"]


class TestObservation:
    """Death, withdrawal and follow-up without a DLT, undetermined or pending event."""

    def test_a_death_inside_a_window_makes_the_patient_undetermined(self) -> None:
        died = patient(HARMLESS, death={"date": "2026-03-20", "cause": "accident"})
        assert (died.status, [each.field for each in died.missing]) == ("UNDETERMINED", ["death"])
        assert died.missing[0].would_settle == {"dlt": "DLT", "not_dlt": "NO_DLT"}

    @pytest.mark.parametrize(("answer", "status"), [("dlt", "DLT"), ("not_dlt", "NO_DLT")])
    def test_until_the_committee_has_ruled_on_it(self, answer: str, status: str) -> None:
        ruling = {"on": "2026-04-01", "question": "death", "answer": answer, "by": "SRC"}
        died = {"date": "2026-03-20", "cause": "accident"}
        assert patient(HARMLESS, death=died, rulings=[ruling]).status == status
        before_it = patient(HARMLESS, death=died, rulings=[ruling], as_of="2026-03-31")
        assert before_it.status == "UNDETERMINED"

    def test_a_ruling_on_something_else_does_not_settle_it(self) -> None:
        on_a_reading = {
            "on": "2026-04-01",
            "reading": "R-SPEC",
            "answer": "specific-limit-only-exempts",
            "by": "SRC",
        }
        died = {"date": "2026-03-20", "cause": "accident"}
        assert patient(HARMLESS, death=died, rulings=[on_a_reading]).status == "UNDETERMINED"

    def test_so_does_one_that_may_have_been_inside(self) -> None:
        assert patient(HARMLESS, death={"date": None}).status == "UNDETERMINED"
        assert patient(HARMLESS, death={"date": "2026-03"}).status == "UNDETERMINED"

    def test_a_death_after_it_does_not(self) -> None:
        assert patient(HARMLESS, death={"date": "2026-03-30"}).status == "NO_DLT"

    @pytest.mark.parametrize("as_of", ["2026-03-22", LATER])
    def test_a_withdrawal_not_evaluable_even_while_the_window_is_open(self, as_of: str) -> None:
        withdrawn = patient(
            HARMLESS, as_of=as_of, withdrawal={"date": "2026-03-20", "reason": "moved away"}
        )
        assert withdrawn.status == "NOT_EVALUABLE"
        assert withdrawn.reason is not None
        assert "moved away" in withdrawn.reason

    def test_a_withdrawal_after_the_window_changes_nothing(self) -> None:
        assert patient(HARMLESS, withdrawal={"date": "2026-03-30"}).status == "NO_DLT"

    def test_a_death_is_never_simply_not_evaluable(self) -> None:
        both = patient(HARMLESS, withdrawal={"date": "2026-03-15"}, death={"date": "2026-03-20"})
        assert both.status == "UNDETERMINED"

    @pytest.mark.parametrize(
        ("until", "as_of", "status"),
        [
            ("2026-03-20", "2026-03-22", "IN_WINDOW"),
            ("2026-03-20", "2026-03-29", "UNDETERMINED"),
            ("2026-03-20", LATER, "UNDETERMINED"),
            ("2026-03-28", LATER, "UNDETERMINED"),
            ("2026-03-29", LATER, "NO_DLT"),
        ],
    )
    def test_follow_up_that_ends_before_the_window_leaves_it_open_then_undetermined(
        self, until: str, as_of: str, status: str
    ) -> None:
        found = patient(HARMLESS, follow_up_until=until, as_of=as_of)
        assert found.status == status
        fields = [each.field for each in found.missing]
        assert fields == (["follow_up"] if status == "UNDETERMINED" else [])

    @pytest.mark.parametrize(
        "stop",
        [
            {"death": {"date": "2026-03-20"}},
            {"withdrawal": {"date": "2026-03-20"}},
            {"follow_up_until": "2026-03-20"},
        ],
    )
    def test_what_happened_after_the_cut_is_not_known_yet(self, stop: dict[str, Any]) -> None:
        assert patient(HARMLESS, as_of="2026-03-15", **stop).status == "IN_WINDOW"


class TestCases:
    """What cannot be read is refused, with every fault of every case at its place."""

    def refused(
        self, *subjects: Any, as_of: str = LATER, zone: str | None = "+08:00"
    ) -> list[str]:
        with pytest.raises(BadCase) as refusal:
            adjudicate(subjects, ic19_protocol(), PartialTime(as_of), zone)
        return [fault.pointer for fault in refusal.value.faults]

    def test_two_events_of_one_id(self) -> None:
        assert self.refused(subject(DLT, DLT)) == ["/0/events/1/id"]

    def test_a_phase_that_the_protocol_does_not_have(self) -> None:
        assert self.refused(subject(phase="expansion")) == ["/0/phase"]

    def test_a_zone_that_does_not_exist(self) -> None:
        """The site's is refused at its place; a patient's never makes a case."""
        assert self.refused(subject(), zone="Mars/Olympus") == ["/0/time_zone"]
        with pytest.raises(ValidationError) as refusal:
            subject(time_zone="Mars/Olympus")
        assert [each["loc"] for each in refusal.value.errors()] == [("time_zone",)]

    def test_no_zone_at_all(self) -> None:
        assert self.refused(subject(infused=["2026-03-01"]), zone=None) == ["/0/time_zone"]

    def test_a_month_as_the_cut(self) -> None:
        assert self.refused(subject(), as_of="2026-05") == ["/as_of"]

    def test_every_fault_at_once(self) -> None:
        assert self.refused(subject(DLT, DLT), subject(phase="expansion")) == [
            "/0/events/1/id",
            "/1/phase",
        ]

    def test_many_patients_are_answered_in_order(self) -> None:
        answers = adjudicate(
            [subject(DLT), subject(HARMLESS), subject(PENDING)],
            ic19_protocol(),
            PartialTime("2026-03-12"),
            "+08:00",
        )
        assert [each.subject.status for each in answers] == ["DLT", "IN_WINDOW", "PENDING"]

    def test_no_patients_no_answers(self) -> None:
        assert adjudicate([], ic19_protocol(), PartialTime(LATER), "+08:00") == ()
