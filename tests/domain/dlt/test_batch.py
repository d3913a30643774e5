"""Many events at once: the same verdicts as one by one, in one pass over columns."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.prepare import prepare
from app.domain.case import Event, Subject
from app.domain.dlt.columns import Columns
from app.domain.dlt.encode import encode
from app.domain.dlt.judge import Verdict, Verdicts, judge
from app.domain.dlt.program import Program
from app.domain.time import PartialTime
from tests.builders import LATER, caused_by, event, ic19_protocol, subject
from tests.domain.dlt.toy import clause, toy

CUT = "2026-04-20"
VARIED: tuple[Event, ...] = (
    event("Cytokine release syndrome", (3, "2026-03-03T08:00+08:00"), (2, "2026-03-08")),
    event("Cytokine release syndrome", (4, "2026-03-04T06:00+08:00"), (2, "2026-03-05")),
    event("Pneumonitis", (3, "2026-03-10"), (2, "2026-03-17")),
    event("Pneumonitis", (3, "2026-04-18"), ongoing=True),
    event("Pneumonitis", (3, "2026-03-28"), ongoing=True, ongoing_as_of="2026-03-30"),
    event("Pneumonitis", (None, "2026-03-10"), (0, "2026-03-12")),
    event("Pneumonitis", (2, "2026-03-10"), ongoing=True),
    event("Neutropenia", (4, "2026-03-25"), ongoing=True, clinically_significant=True),
    event("Hypokalemia", (4, "2026-03-05"), (1, "2026-03-06")),
    event("Hypotension", (3, "2026-03-04T08:00+08:00"), (1, "2026-03-07T16:00+08:00")),
    event("ICANS", (3, "2026-03-06"), (1, "2026-03-10"), ongoing=True, baseline_grade=None),
    event("Frobnication", (4, "2026-03-10"), (0, "2026-03-12")),
    event("Acute kidney injury", (4, "2026-03"), ongoing=True),
    event("Acute kidney injury", (4, "2026-04-10"), ongoing=True),
    event("Acute kidney injury", (4, "2026-03-01"), (3, "2026-03-03"), baseline_grade=None),
    event("Sepsis", (3, "2026-03-28"), (5, "2026-04-02")),
    event("Sepsis", (3, "2026-03-28"), (5, "2026-04-02"), causality=caused_by("unlikely")),
    event("Chills", (3, "2026-03-10"), (1, "2026-03-05")),
    event("Alopecia", (2, "2026-03-10"), ongoing=True),
    event("Pneumonitis", (4, "2026-05-01")),
)


def columns(subjects: Sequence[Subject], as_of: str = CUT) -> tuple[Columns, Program]:
    protocol = ic19_protocol()
    assert protocol.rules is not None
    prepared = prepare(subjects, protocol, PartialTime(as_of), "+08:00")
    program = protocol.rules.program
    recorded = [each.recorded for each in prepared]
    return encode(recorded, program, protocol.document.interventions), program


def told(verdicts: Verdicts) -> list[tuple[str, int, bool]]:
    return [
        (Verdict(int(verdict)).name, int(at), bool(referred))
        for verdict, at, referred in zip(
            verdicts.verdict, verdicts.at, verdicts.referred, strict=True
        )
    ]


def alone(each: Event, **recorded: object) -> Subject:
    return subject(each, **recorded)  # type: ignore[arg-type]


ONE_BY_ONE = [told(judge(*columns([alone(each)])))[0] for each in VARIED]


def test_the_cases_are_varied() -> None:
    assert {verdict for verdict, _, _ in ONE_BY_ONE} == {
        "DLT",
        "NOT_DLT",
        "PENDING",
        "UNDETERMINED",
    }
    assert {referred for _, _, referred in ONE_BY_ONE} == {True, False}


def test_one_patient_is_the_same_patient_in_a_batch() -> None:
    assert told(judge(*columns([alone(each) for each in VARIED]))) == ONE_BY_ONE


@pytest.mark.no_cover
@pytest.mark.parametrize("times", [3, 40])
def test_however_large_the_batch(times: int) -> None:
    many = [alone(each) for each in VARIED] * times
    assert told(judge(*columns(many))) == ONE_BY_ONE * times


def test_and_with_explanations() -> None:
    """Of more than 256 runs, a clock is worked out for those alone that ask for it."""
    many, protocol, cut = [alone(VARIED[0])] * 257, ic19_protocol(), PartialTime(CUT)
    found = adjudicate(many, protocol, cut, "+08:00")
    assert found == adjudicate(many[:1], protocol, cut, "+08:00") * 257


def test_what_is_part_of_a_syndrome_is_judged_under_it() -> None:
    syndrome = event("Cytokine release syndrome", (2, "2026-03-03"), (0, "2026-03-20"))
    symptom = event("Fever", (3, "2026-03-03"), (0, "2026-03-20"), id="AE-2")
    under_it = replace(symptom, part_of="AE-1")
    found = told(judge(*columns([subject(syndrome, under_it), subject(syndrome, symptom)])))
    assert [each for each, _, _ in found] == ["NOT_DLT", "NOT_DLT", "NOT_DLT", "UNDETERMINED"]
    assert told(judge(*columns([subject(syndrome, under_it)]))) == found[:2]


def test_whatever_the_order() -> None:
    backwards = [alone(each) for each in reversed(VARIED)]
    assert told(judge(*columns(backwards))) == ONE_BY_ONE[::-1]


def test_mostly_harmless_events_do_not_hide_the_grave_ones() -> None:
    mild = [alone(event("Pneumonitis", (1, "2026-03-10")))] * 200
    found = told(judge(*columns([*mild, *(alone(each) for each in VARIED)])))
    assert found[200:] == ONE_BY_ONE
    assert {verdict for verdict, _, _ in found[:200]} == {"NOT_DLT"}


def test_nothing_but_harmless_events_is_no_dlt() -> None:
    mild = [alone(event("Pneumonitis", (1, "2026-03-10")))] * 5
    assert {verdict for verdict, _, _ in told(judge(*columns(mild)))} == {"NOT_DLT"}


def test_no_events_no_verdicts() -> None:
    assert len(judge(*columns([]))) == 0
    assert len(judge(*columns([subject()]))) == 0


def test_events_whose_unknowns_cannot_be_enumerated_do_not_disturb_the_others() -> None:
    days = [f"2026-03-{day:02}" for day in range(2, 12)]
    unknown = event("Pneumonitis", *((None, day) for day in days), (0, "2026-03-12"))
    found = told(judge(*columns([alone(unknown), *(alone(each) for each in VARIED)])))
    assert found[0][0] == "UNDETERMINED"
    assert found[1:] == ONE_BY_ONE


@pytest.mark.parametrize("beside", [0, 9])
def test_unknown_grades_below_every_criterion_are_no_dlt_however_many(beside: int) -> None:
    """Too many completions to enumerate, and no grade in any of them that a criterion names."""
    days = [f"2026-03-{day:02}" for day in range(2, 12)]
    mild = event("Pneumonitis", *((None, day) for day in days), worst_grade=2)
    grave = [alone(event("Pneumonitis", (3, "2026-03-10"), (2, "2026-03-17")))] * beside
    assert told(judge(*columns([alone(mild), *grave])))[0][0] == "NOT_DLT"
    answer = adjudicate([alone(mild)], ic19_protocol(), PartialTime(CUT), "+08:00")[0].events[0]
    assert answer.verdict == "NOT_DLT"
    assert answer.explanation.tree.parts == ()
    grade_3 = event("Pneumonitis", *((None, day) for day in days), worst_grade=3)
    assert told(judge(*columns([alone(grade_3), *grave])))[0][0] == "UNDETERMINED"


def test_a_time_that_divides_a_neighbour_divides_nobody_else() -> None:
    """The changes contradict their order, so their times are unknown: as if they were alone."""
    protocol = toy(
        window={"anchor": "first_infusion", "agent": "IC19", "first_day": 1, "through": "P28D"},
        criteria=[clause("c", grade=3, longer_than="P7D")],
    )
    assert protocol.rules is not None
    contradicting = event(
        "Pneumonitis",
        (3, "2026-03-20T06:00+08:00"),
        (1, "2026-03-24"),
        (2, None),
        (3, "2026-04-29T08:00+08:00"),
        baseline_grade=2,
        ongoing=True,
    )
    divided = alone(event("Pneumonitis", (3, "2026-03"), (0, "2026-04-20")))
    patients = [alone(contradicting, infused=["2026-03-02T20"]), divided]
    program = protocol.rules.program
    recorded = [
        each.recorded for each in prepare(patients, protocol, PartialTime(LATER), "+08:00")
    ]
    found = told(judge(encode(recorded, program, {}), program))
    assert found == [told(judge(encode([each], program, {}), program))[0] for each in recorded]
    assert [verdict for verdict, _, _ in found] == ["UNDETERMINED", "UNDETERMINED"]


ZONES = ("+08:00", "America/New_York", "UTC", "Asia/Beirut")


def test_each_patient_is_judged_in_the_zone_of_the_site() -> None:
    """A batch of zones answers like each zone by itself."""
    late = event("Acute kidney injury", (4, "2026-03-29T20:30Z"), (3, "2026-04-02"))
    long = event("Pneumonitis", (3, "2026-03-05"), (2, "2026-03-20"), id="AE-2")
    month = event("Pneumonitis", (3, "2026-03"), (2, "2026-04-20"), id="AE-3")
    sites = [
        subject(late, long, month, time_zone=zone, infused=["2026-03-01T10:00Z"]) for zone in ZONES
    ]
    protocol, cut = ic19_protocol(), PartialTime(LATER)
    together = adjudicate(sites, protocol, cut, None)
    apart = [adjudicate([site], protocol, cut, None)[0] for site in sites]
    assert list(together) == apart
    assert [each.events[0].verdict for each in together] == ["NOT_DLT", "DLT", "DLT", "DLT"]
    assert [each.events[1].established_at for each in together] == [
        "2026-03-13T00:00:00+08:00",
        "2026-03-13T00:00:00-04:00",
        "2026-03-13T00:00:00+00:00",
        "2026-03-13T00:00:00+02:00",
    ]


@pytest.mark.no_cover
def test_patients_of_one_cut_but_other_zones_share_a_batch() -> None:
    """An instant as the cut is the same in every zone, so that the columns hold many zones."""
    cut = PartialTime("2026-04-20T00:00:00Z")
    sites = [alone(each, time_zone=zone) for each in VARIED for zone in ZONES]
    protocol = ic19_protocol()
    together = adjudicate(sites, protocol, cut, None)
    assert list(together) == [adjudicate([site], protocol, cut, None)[0] for site in sites]


@pytest.mark.parametrize("other", [[], [None], ["2026-03-01"]])
def test_what_is_missing_of_one_infusion_is_not_asked_of_another(other: list[str | None]) -> None:
    month = event("Pneumonitis", (4, "2026-03"), (0, "2026-04-20"))
    day = event("Pneumonitis", (4, "2026-03-29T20:30Z"), (0, "2026-04-20"), id="AE-2")
    patients = [subject(month, day), subject(month, day, infused=other)]
    protocol, cut = ic19_protocol(), PartialTime(LATER)
    together = adjudicate(patients, protocol, cut, "+08:00")
    assert together[0] == adjudicate(patients[:1], protocol, cut, "+08:00")[0]
    assert [each.field for each in together[0].events[0].missing] == ["onset"]


def test_rows_can_be_taken_in_any_order_and_more_than_once() -> None:
    whole, program = columns([alone(each) for each in VARIED])
    rows = np.array([4, 0, 4, 11])
    assert told(judge(whole.take(rows), program)) == [ONE_BY_ONE[row] for row in rows]


def test_columns_can_be_joined() -> None:
    whole, program = columns([alone(each) for each in VARIED])
    first, rest = whole.take(np.arange(7)), whole.take(np.arange(7, len(VARIED)))
    assert told(judge(first.beside(rest), program)) == ONE_BY_ONE
