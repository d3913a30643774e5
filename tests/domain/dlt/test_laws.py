"""Laws that every verdict keeps, whatever the record and whatever the rules."""

import copy
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.adjudication.adjudicate import adjudicate
from app.domain.adjudication.result import Adjudicated
from app.domain.case import Subject
from app.domain.time import PartialTime, zone_of
from tests.oracle.comparison import seeded
from tests.oracle.completions import Drawing
from tests.oracle.engine import answers
from tests.oracle.history import Change, History
from tests.oracle.ic19 import ic19_pairs, protocol, terms
from tests.oracle.pairs import Pair, pairs
from tests.oracle.requests import cases
from tests.oracle.strategies import Data
from tests.oracle.tails import drawn as drawn_from
from tests.sparing import SPARING

LAWS = settings(SPARING, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
NAMES = tuple(term.name for term in terms())
IC19_CASES = cases(NAMES)
_SUBJECT = TypeAdapter(Subject)
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def adjudicated(subjects: list[Data], as_of: str, time_zone: str) -> list[Adjudicated]:
    read = [_SUBJECT.validate_python(each) for each in subjects]
    return list(adjudicate(read, protocol(), PartialTime(as_of), time_zone))


# --- more data -------------------------------------------------------------------------------


def _text(instant: int, time_zone: str) -> str:
    return zone_of(time_zone).text(instant)


def _known_more(pair: Pair, history: History, parts: set[str]) -> Data:
    """The same record, with some of what one of its completions knows."""
    case = copy.deepcopy(pair.case)
    event = case["subject"]["events"][0]
    facts = history.facts
    if "baseline" in parts:
        event["baseline_grade"] = history.baseline
    if "significance" in parts:
        event["clinically_significant"] = facts.significant
    if "symptoms" in parts:
        event["other_crs_symptoms"] = ["fever"] if facts.other_crs_symptoms else []
    if "report" in parts and event["ongoing"]:
        event.pop("ongoing_as_of", None)
    for change, known in zip(event["grades"], history.changes, strict=False):
        if "grades" in parts:
            change["grade"] = known.grade
        if "times" in parts:
            change["from"] = _text(known.at, case["time_zone"])
    return case


PARTS = st.sets(
    st.sampled_from(("baseline", "significance", "symptoms", "report", "grades", "times")),
    min_size=1,
)


@LAWS
@given(st.one_of(pairs(), ic19_pairs()), PARTS, st.integers(0, 2**16))
def test_more_data_that_contradict_nothing_never_take_back_a_verdict(
    pair: Pair, parts: set[str], seed: int
) -> None:
    before = pair.answer()
    assume(before.verdict in {"DLT", "NOT_DLT", "PENDING"})
    drawing = Drawing(pair.recorded(), seeded(seed))
    history = drawing.draw()
    assume(history is not None and not drawing.dropped and not pair.recorded().event.assessments)
    assert history is not None
    pair = replace(pair, case=_known_more(pair, history, parts))
    after = pair.answer()
    if before.verdict == "PENDING":
        assert after.verdict in {"PENDING", "NOT_DLT"} or "report" in parts
    else:
        assert after.verdict == before.verdict
    # A finer onset moves the first instant of the recorded onset, which an immediate clause gives.
    if before.at is not None and after.at is not None and "times" not in parts:
        assert after.at <= before.at


@LAWS
@given(pairs())
def test_an_assessment_that_leaves_its_grade_open_decides_no_more_than_one_that_tells_it(
    pair: Pair,
) -> None:
    """Told is the grade of the course then, which every verdict on an open one has to allow."""
    case = copy.deepcopy(pair.case)
    event = case["subject"]["events"][0]
    event["ongoing"] = True
    at_changes = [each for each in event["grades"] if each["from"]]
    event["assessments"] = [{"on": each["from"], "grade": each["grade"]} for each in at_changes]
    told = replace(pair, case=copy.deepcopy(case)).answer()
    for each in event["assessments"]:
        each["grade"] = None
    assert replace(pair, case=case).answer().verdict in {told.verdict, "UNDETERMINED"}


# --- time ------------------------------------------------------------------------------------


def _shifted(value: Any, days: int) -> Any:
    """Every date in a request, so many days later. A month becomes a day in it first."""
    if isinstance(value, dict):
        return {key: _shifted(part, days) for key, part in value.items()}
    if isinstance(value, list):
        return [_shifted(part, days) for part in value]
    if isinstance(value, str) and _DATE.match(value):
        day = date.fromisoformat(value[:10] if len(value) > 7 else value + "-15")
        return (day + timedelta(days=days)).isoformat() + value[10:]
    return value


@LAWS
@given(st.one_of(pairs(), ic19_pairs()), st.integers(-400, 400))
def test_whole_days_later_at_a_fixed_offset_the_answer_is_the_same_so_many_days_later(
    pair: Pair, days: int
) -> None:
    fixed = _shifted(pair.case, 0) | {"time_zone": "+08:00"}
    here = replace(pair, case=fixed).answer()
    there = replace(pair, case=_shifted(fixed, days)).answer()
    assert (there.verdict, there.referred) == (here.verdict, here.referred)
    moved = (
        None if here.at is None else here.at + timedelta(days=days) // timedelta(microseconds=1)
    )
    assert there.at == moved or _is_unknown(there.at)


def _is_unknown(at: int | None) -> bool:
    """Whether an instant only says that the recorded onset has no time."""
    return at is not None and at < -(2**61)


@LAWS
@given(st.one_of(pairs(), ic19_pairs()), st.lists(st.integers(0, 90), min_size=2, max_size=6))
def test_a_later_cut_never_turns_a_dlt_of_one_complete_history_into_none(
    pair: Pair, days: list[int]
) -> None:
    drawn = drawn_from(pair.recorded(), seeded(len(days)))
    assume(drawn is not None and drawn.history.changes and drawn.history.fatal_at is None)
    assert drawn is not None
    verdicts = [
        replace(pair, case=_complete(pair, drawn.history, days_on)).answer().verdict
        for days_on in sorted(days)
    ]
    assert "DLT" not in verdicts or "NOT_DLT" not in verdicts[verdicts.index("DLT") :]


def _complete(pair: Pair, history: History, days: int) -> Data:
    """The history as a record, cut a number of days after its first change."""
    zone = pair.case["time_zone"]

    def step(change: Change) -> Data:
        return {"from": _text(change.at, zone), "grade": change.grade}

    case = copy.deepcopy(pair.case)
    event, facts = case["subject"]["events"][0], history.facts
    event |= {"grades": [step(change) for change in history.changes], "ongoing": True}
    event |= {"baseline_grade": history.baseline, "assessments": [], "ongoing_as_of": None}
    event["clinically_significant"] = facts.significant
    event["other_crs_symptoms"] = ["fever"] if facts.other_crs_symptoms else []
    subject = case["subject"]
    subject["exposures"] = [
        {"agent": "IC19", "start": _text(at, zone)} for at in history.infusions
    ]
    subject |= {"death": None, "withdrawal": None, "follow_up_until": None}
    case["as_of"] = _text(history.changes[0].at + days * 86_400_000_000, zone)
    return case


# --- one and many ----------------------------------------------------------------------------


@LAWS
@given(IC19_CASES, st.lists(IC19_CASES, min_size=1, max_size=2), st.randoms())
def test_the_order_of_the_events_is_irrelevant(
    case: Data, others: list[Data], random: Random
) -> None:
    subject = copy.deepcopy(case["subject"])
    for number, other in enumerate(others):
        subject["events"].append(other["subject"]["events"][0] | {"id": f"AE-{number + 2}"})
    shuffled = copy.deepcopy(subject)
    random.shuffle(shuffled["events"])
    one = adjudicated([subject], case["as_of"], case["time_zone"])[0]
    two = adjudicated([shuffled], case["as_of"], case["time_zone"])[0]
    verdicts = {
        e.id: (e.verdict, e.established_at, e.becomes_dlt_at, e.refer_to_committee)
        for e in one.events
    }
    assert verdicts == {
        e.id: (e.verdict, e.established_at, e.becomes_dlt_at, e.refer_to_committee)
        for e in two.events
    }
    assert (one.subject.status, one.subject.until) == (two.subject.status, two.subject.until)


@LAWS
@given(st.lists(IC19_CASES, min_size=2, max_size=4))
def test_a_patient_among_others_is_the_patient_alone(requests: list[Data]) -> None:
    as_of = requests[0]["as_of"]
    subjects = [
        json.loads(json.dumps(each["subject"])) | {"id": f"S-{n}", "time_zone": each["time_zone"]}
        for n, each in enumerate(requests)
    ]
    together = adjudicated(subjects, as_of, "+08:00")
    alone = [adjudicated([subject], as_of, "+08:00")[0] for subject in subjects]
    assert together == alone


@LAWS
@given(rules=pairs(), requests=st.lists(cases(), min_size=2, max_size=5))
def test_rows_of_a_batch_do_not_influence_each_other(rules: Pair, requests: list[Data]) -> None:
    as_of, zone = requests[0]["as_of"], requests[0]["time_zone"]
    records = [
        Pair(rules.rules, each | {"as_of": as_of, "time_zone": zone}).recorded()
        for each in requests
    ]
    program = rules.program()
    alone = [answers([record], program)[0] for record in records]
    assert answers(records, program) == alone
