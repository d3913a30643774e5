"""From when on a DLT is established where the record leaves something open."""

import pytest

from app.domain.adjudication.prepare import prepare
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.case import Event, Subject
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, judge
from app.domain.time import PartialTime
from tests.builders import LATER, SHANGHAI, event, subject
from tests.domain.dlt.toy import clause, first, toy

CARE, NO_CARE = {"fact": "care"}, {"not": {"fact": "care"}}


class TestUnknownFact:
    """Grade 3 for longer than 3 days, by one criterion with care and by another without."""

    PROTOCOL = toy(
        criteria=[
            clause("cared-for", grade=3, longer_than="P3D", when=CARE),
            clause("not-cared-for", grade=3, longer_than="P3D", when=NO_CARE),
            clause("any", grade=3, longer_than="P7D"),
        ]
    )

    @pytest.mark.parametrize(
        ("fall", "established"),
        [
            ("2026-03-08", None),
            ("2026-03-09", "2026-03-09T00:00:00+08:00"),
            ("2026-03-20", "2026-03-09T00:00:00+08:00"),
        ],
    )
    def test_either_answer_gives_the_same_instant(
        self, fall: str, established: str | None
    ) -> None:
        judged = first(self.PROTOCOL, event("Chills", (3, "2026-03-05"), (0, fall)))
        assert judged.verdict == ("DLT" if established else "NOT_DLT")
        assert judged.established_at == established

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [("2026-03-08T09:59+08:00", "PENDING"), ("2026-03-08T10:00+08:00", "DLT")],
    )
    def test_at_that_very_instant(self, as_of: str, verdict: str) -> None:
        protocol = toy(
            criteria=[
                clause("cared-for", grade=3, longer_than="PT72H", when=CARE),
                clause("not-cared-for", grade=3, longer_than="PT72H", when=NO_CARE),
                clause("any", grade=3, longer_than="P7D"),
            ]
        )
        lasting = event("Chills", (3, "2026-03-05T10:00+08:00"), ongoing=True)
        assert first(protocol, lasting, as_of=as_of).verdict == verdict

    def test_where_the_answers_differ_the_later_instant_is_established(self) -> None:
        protocol = toy(
            criteria=[
                clause("cared-for", grade=3, longer_than="P3D", when=CARE),
                clause("any", grade=3, longer_than="P7D"),
            ]
        )
        judged = first(protocol, event("Chills", (3, "2026-03-05"), (0, "2026-03-20")))
        assert judged.established_at == "2026-03-13T00:00:00+08:00"


def judged_together(protocol: ReadyProtocol, *events: Event) -> list[str]:
    """Verdicts of a patient's events, of which nobody asks an explanation."""
    return of_patients(protocol, subject(*events))


def of_patients(
    protocol: ReadyProtocol,
    *patients: Subject,
    as_of: str = LATER,
    time_zone: str | None = SHANGHAI,
) -> list[str]:
    """Verdicts of the events of several patients in one batch."""
    assert protocol.rules is not None
    program = protocol.rules.program
    prepared = prepare(patients, protocol, PartialTime(as_of), time_zone)
    columns = encode([each.recorded for each in prepared], program, {})
    return [Verdict(found).name for found in judge(columns, program).verdict.tolist()]


class TestBatch:
    """Events of one batch whose records answer otherwise."""

    PROTOCOL = toy(
        criteria=[
            clause("chills", grade=3, when={"group": "cold"}),
            clause("rash", grade=4, when={"group": "skin"}),
        ],
        groups={"cold": ["Chills"], "skin": ["Rash maculo-papular"]},
    )

    @pytest.mark.parametrize(
        ("term", "verdict"),
        [
            ("Frobnication", "UNDETERMINED"),
            ("Chills", "DLT"),
            ("Rash maculo-papular", "NOT_DLT"),
            ("Alopecia", "NOT_DLT"),
        ],
    )
    def test_an_unknown_term_is_none_of_those_that_are_judged(
        self, term: str, verdict: str
    ) -> None:
        reported = event(term, (3, "2026-03-10"), (0, "2026-03-12"))
        assert judged_together(self.PROTOCOL, reported) == [verdict]

    def test_an_exception_concerns_those_with_the_fact_alone(self) -> None:
        """Grade 3 for no more than 3 days is let pass where there was care."""
        lets_pass = {"lasts": {"grade": 3, "no_longer_than": "P3D"}}
        protocol = toy(
            criteria=[clause("c", grade=3)],
            exceptions=[clause("e", when=CARE, limit=lets_pass)],
        )
        cases = [
            event("Chills", (3, "2026-03-05"), (0, fall), id=f"AE-{number}", facts={"care": care})
            for number, (care, fall) in enumerate(
                [(True, "2026-03-08"), (True, "2026-03-09"), (False, "2026-03-08")]
            )
        ]
        assert judged_together(protocol, *cases) == ["NOT_DLT", "DLT", "DLT"]

    def test_a_criterion_asks_the_fact_or_the_clock(self) -> None:
        """Grade 3 with care, or for longer than 3 days."""
        longer = {"lasts": {"grade": 3, "longer_than": "P3D"}}
        protocol = toy(criteria=[clause("c", grade=3, when={"any": [CARE, longer]})])
        cases = [
            event("Chills", (3, "2026-03-05"), (0, fall), id=f"AE-{number}", facts={"care": care})
            for number, (care, fall) in enumerate(
                [(True, "2026-03-08"), (False, "2026-03-09"), (False, "2026-03-08")]
            )
        ]
        assert judged_together(protocol, *cases) == ["DLT", "DLT", "NOT_DLT"]


class TestPatients:
    """Patients of one batch, with as many infusions as they have, in zones of their own."""

    PROTOCOL = toy(
        criteria=[clause("c", grade=3)],
        window={
            "anchor": "each_infusion",
            "agent": "IC19",
            "first_day": 0,
            "through": "PT672H",
            "rise_on_infusion_day": "either",
        },
    )
    ONE, TWO = "2026-03-01T10:00:00+08:00", "2026-03-29T10:00:00+08:00"
    ONSET = event("Chills", (3, "2026-03-29"), (0, "2026-04-02"))

    def test_with_one_infusion_and_with_two(self) -> None:
        once, twice = subject(self.ONSET), subject(self.ONSET, infused=(self.ONE, self.TWO))
        assert of_patients(self.PROTOCOL, twice, once) == ["DLT", "UNDETERMINED"]
        assert of_patients(self.PROTOCOL, once, twice) == ["UNDETERMINED", "DLT"]

    def test_in_other_zones(self) -> None:
        """2026-03-29 in Honolulu begins after 10:00 of that day in Shanghai."""
        zones = ("Asia/Shanghai", "Pacific/Honolulu")
        twice = [
            subject(self.ONSET, infused=(self.ONE, self.TWO), time_zone=zone) for zone in zones
        ]
        once = [subject(self.ONSET, time_zone=zone) for zone in zones]
        cut = "2026-05-30T00:00Z"
        found = of_patients(self.PROTOCOL, *twice, *once, as_of=cut, time_zone=None)
        assert found == ["DLT", "DLT", "UNDETERMINED", "NOT_DLT"]

    def test_a_last_grade_that_nobody_recorded_may_be_death(self) -> None:
        protocol = toy(criteria=[clause("c", grade=5)])
        cases = [
            event("Sepsis", (3, "2026-03-10"), (None, "2026-03-12"), *over, id=f"AE-{number}")
            for number, over in enumerate([[], [(0, "2026-03-20")], []])
        ]
        assert judged_together(protocol, *cases) == ["UNDETERMINED", "NOT_DLT", "UNDETERMINED"]


class TestPending:
    """Grade 3 since some time of 2026-03-05, for longer than 72 hours: from 2026-03-08 on."""

    PROTOCOL = toy(criteria=[clause("lasting", grade=3, longer_than="PT72H")])

    @pytest.mark.parametrize(
        ("as_of", "verdict"),
        [
            ("2026-03-07", "PENDING"),
            ("2026-03-07T23:59+08:00", "PENDING"),
            ("2026-03-08T00:00+08:00", "UNDETERMINED"),
            ("2026-03-08T23:59+08:00", "UNDETERMINED"),
            ("2026-03-09T00:00+08:00", "DLT"),
        ],
    )
    def test_until_the_limit_may_have_been_exceeded(self, as_of: str, verdict: str) -> None:
        lasting = event("Chills", (3, "2026-03-05"), ongoing=True)
        judged = first(self.PROTOCOL, lasting, as_of=as_of)
        assert judged.verdict == verdict
        due = judged.becomes_dlt_at if verdict == "PENDING" else None
        assert due == ("2026-03-09T00:00:00+08:00" if verdict == "PENDING" else None)
