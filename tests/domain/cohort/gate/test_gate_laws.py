"""What holds of every answer, over made-up trials by the rules of the three protocols."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal, get_args

from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.gate.gate import evaluate, gate
from app.domain.cohort.gate.patients import known_of
from app.domain.cohort.gate.request import (
    GatePatient,
    GateRequest,
    HeldScope,
    Hold,
    KnownDlt,
    Status,
)
from app.domain.cohort.gate.rules import ACTS, GateRules
from tests.domain.cohort.gate.trials import REQUEST, TRIALS
from tests.sparing import SPARING

BEGIN = date(2025, 1, 1)
STATUSES = [each for each in get_args(Status) if each != "DLT"]
Case = tuple[GateRules, GateRequest]


def days(first: int, last: int, after: date = BEGIN) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda count: after + timedelta(days=count))


def seldom(some: st.SearchStrategy[Any], most: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One in eight of the first kind, so that most trials are as they should be."""
    return st.integers(0, 7).flatmap(lambda number: most if number else some)


@st.composite
def patients(draw: st.DrawFn, number: int, rules: GateRules) -> GatePatient:
    levels = tuple(rules.places)
    enrolled = draw(days(0, 60))
    infused = draw(seldom(st.none(), days(0, 20, enrolled)))
    after = st.none() if infused is None else st.none() | days(0, 30, infused)
    dlt = draw(seldom(after, st.none()))
    status = draw(seldom(st.sampled_from(STATUSES), st.none())) if dlt is None else None
    completed = draw(seldom(after, st.none()))
    cleared = after if completed is None else st.none() | days(0, 20, completed)
    return GatePatient(
        id=f"{number:02}",
        dose_level=draw(seldom(st.sampled_from(levels), st.just(levels[rules.start]))),
        phase=draw(st.none() | st.sampled_from(rules.phases)),
        enrolled=enrolled,
        infused=infused,
        last_infused=draw(seldom(after, st.none())),
        infusion_completed=completed,
        cleared_on=draw(cleared),
        window_completed_on=draw(after),
        evaluable=status is not None or draw(seldom(st.just(value=False), st.just(value=True))),
        dlt=None if dlt is None else KnownDlt(known_on=dlt),
        status=status,
        pending_until=draw(st.none() | days(0, 120)) if status == "PENDING" else None,
    )


@st.composite
def a_hold(draw: st.DrawFn, rules: GateRules) -> Hold:
    levels = st.none() | st.sampled_from(tuple(rules.places))
    of_one = st.builds(
        HeldScope, dose_level=levels, subject=st.sampled_from([None, "00", "99"]), site=st.none()
    )
    begun = draw(st.none() | days(0, 110))
    lifted = draw(st.none() | days(0, 60, begun or BEGIN))
    of_all: Literal["study"] = "study"
    return Hold(
        scope=draw(st.sampled_from([of_all, draw(of_one)])),
        reason="a death",
        effective_from=begun,
        lifted_on=lifted,
    )


@st.composite
def asked(draw: st.DrawFn) -> Case:
    rules = draw(st.sampled_from([*TRIALS.values()]))
    count = draw(st.integers(0, 8))
    holds = draw(seldom(st.lists(a_hold(rules), max_size=2), st.just([])))
    return rules, GateRequest(
        phase=draw(seldom(st.sampled_from(rules.phases), st.just("escalation"))),
        dose_level=draw(st.sampled_from([*rules.places])),
        on=draw(days(0, 110)),
        act=draw(st.sampled_from([None, *ACTS])),
        subject=draw(st.sampled_from([None, "00", "99"])),
        holds=tuple(holds),
        subjects=tuple(draw(patients(number, rules)) for number in range(count)),
    )


def later(request: GateRequest, day: date) -> GateRequest:
    """The same request on a later day on which nothing new is known, but how it came out.

    A status is that of the asked day: what was pending or in window until then came out clean.
    """

    def known(on: date | None) -> date | None:
        return on if on is not None and on <= request.on else None

    def still(patient: GatePatient) -> GatePatient:
        came_out = patient.status == "IN_WINDOW" or (
            patient.pending_until is not None and patient.pending_until < day
        )
        return replace(
            patient,
            enrolled=known(patient.enrolled),
            infused=known(patient.infused),
            last_infused=known(patient.last_infused),
            infusion_completed=known(patient.infusion_completed),
            cleared_on=known(patient.cleared_on),
            window_completed_on=known(patient.window_completed_on),
            dlt=patient.dlt if patient.dlt and patient.dlt.known_on <= request.on else None,
            status=None if came_out else patient.status,
            pending_until=None if came_out else patient.pending_until,
        )

    begun = [each for each in request.holds if (each.effective_from or BEGIN) <= request.on]
    unchanged = tuple(still(each) for each in request.subjects)
    return replace(request, on=day, subjects=unchanged, holds=tuple(begun))


@SPARING
@given(asked())
def test_the_earliest_day_is_the_first_on_which_the_gate_is_open(case: Case) -> None:
    rules, request = case
    answer, known = gate(rules, request), known_of(rules, request)
    assert answer.allowed is (not answer.reasons)
    if answer.also_needs_event:
        assert not answer.allowed
        return
    assert answer.earliest is not None
    count = (answer.earliest - request.on).days
    shut = [bool(evaluate(rules, known, request.on + timedelta(days=n))) for n in range(count + 1)]
    assert shut == [True] * count + [False]
    assert answer.allowed is (count == 0)


@SPARING
@given(asked())
def test_who_asks_again_on_the_earliest_day_is_let_in_and_a_day_before_is_not(case: Case) -> None:
    rules, request = case
    answer = gate(rules, request)
    if answer.also_needs_event or answer.allowed:
        return
    assert answer.earliest is not None
    assert gate(rules, later(request, answer.earliest)).allowed
    before = gate(rules, later(request, answer.earliest - timedelta(days=1)))
    assert not before.allowed


@SPARING
@given(asked())
def test_without_an_act_the_gate_is_as_strict_as_with_any(case: Case) -> None:
    rules, request = case
    of_each = [gate(rules, replace(request, act=act)) for act in ACTS]
    assert gate(rules, replace(request, act=None)).allowed is all(each.allowed for each in of_each)


@SPARING
@given(asked(), st.integers(0, 7))
def test_a_verdict_that_becomes_open_opens_no_gate(case: Case, number: int) -> None:
    rules, request = case
    if number >= len(request.subjects):
        return
    one = request.subjects[number]
    if one.dlt is not None or not one.evaluable or one.status == "NOT_EVALUABLE":
        return
    unclear = replace(one, status="UNDETERMINED", pending_until=None)
    others = (*request.subjects[:number], unclear, *request.subjects[number + 1 :])
    if not gate(rules, request).allowed:
        assert not gate(rules, replace(request, subjects=others)).allowed


@SPARING
@given(asked(), st.randoms(use_true_random=False))
def test_the_order_of_the_patients_does_not_matter(case: Case, randomly: Any) -> None:
    rules, request = case
    shuffled = list(request.subjects)
    randomly.shuffle(shuffled)
    body = REQUEST.dump_python(request, by_alias=True) | {"subjects": shuffled}
    assert gate(rules, REQUEST.validate_python(body)) == gate(rules, request)


@SPARING
@given(asked())
def test_every_reason_names_its_patients_and_its_rule(case: Case) -> None:
    for reason in gate(*case).reasons:
        assert reason.clause
        assert all(subject in reason.text for subject in reason.subjects)
        assert reason.subject in {None, *reason.subjects}
        assert (reason.subject is not None) is (len(reason.subjects) == 1)
