"""What another version tells, by columns and by judging the record: a law of drawn rules."""

from typing import Any, Final

from hypothesis import event, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.data.protocols import make_ready
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.telling import EVERYTHING
from app.domain.case import Subject
from app.domain.errors import BadProtocol
from app.domain.time import NEVER, PartialTime, last_instant_of_cut, zone_of
from app.use_cases.adjudicate import OneAnswer
from app.use_cases.answering import answered_each
from app.use_cases.case import Case
from app.use_cases.kept_columns import TOLD, told_of
from app.use_cases.summaries import SUMMARY, summary_of
from app.use_cases.told_by_columns import Hold, asked_of
from app.use_cases.verdict_changes import changed_patient, kind_of
from app.use_cases.versions import Compared
from tests.domain.dlt.toy import document
from tests.oracle.pairs import KINDS
from tests.oracle.requests import cases
from tests.oracle.strategies import GROUPS, LIMITS, Data, rule_sets

_SUBJECT: Final = TypeAdapter(Subject)
_ANSWER: Final = TypeAdapter(OneAnswer)
_BOUNDS: Final = frozenset({"longer_than", "at_least", "no_longer_than", "shorter_than", "within"})


def amended(draw: st.DrawFn, value: Any) -> Any:
    """The same clauses, some with other limits."""
    if isinstance(value, dict):
        return {key: _amended(draw, key, part) for key, part in value.items()}
    return [amended(draw, part) for part in value] if isinstance(value, list) else value


def _amended(draw: st.DrawFn, key: str, part: Any) -> Any:
    if key in _BOUNDS and isinstance(part, str):
        return draw(st.just(part) | st.sampled_from(LIMITS))
    return amended(draw, part)


def ready(rules: Data, version: str) -> ReadyProtocol | None:
    """A protocol of these rules; None where they cannot be its."""
    groups = {name: list(terms) for name, terms in GROUPS.items()}
    kinds = {kind: list(words) for kind, words in KINDS.items()}
    beside = {"id": "TOY", "agents": {"IC19": "investigational", "fludarabine": "background"}}
    told = document(**{**beside, "version": version, "groups": groups, "interventions": kinds})
    try:
        return make_ready({**told, "dlt": rules})
    except BadProtocol:
        return None


@st.composite
def versions(draw: st.DrawFn) -> tuple[ReadyProtocol | None, ReadyProtocol | None]:
    """Two versions that differ in limits, a clause or two."""
    rules = draw(rule_sets())
    clauses = {part: amended(draw, rules[part]) for part in ("criteria", "exceptions")}
    if draw(st.sampled_from((False, False, True))):
        clauses["exceptions"] = clauses["exceptions"][1:]
    return ready(rules, "1"), ready({**rules, **clauses}, "2")


@st.composite
def patients(draw: st.DrawFn) -> Case:
    """A patient with an event or two; of some that go on nobody said up to when."""
    first, second = draw(cases()), draw(cases())
    told = first["subject"]
    others = [{**each, "id": "AE-2"} for each in second["subject"]["events"]]
    events = [*told["events"], *(others if draw(st.booleans()) else [])]
    subject = _SUBJECT.validate_python({**told, "events": events})
    zone = zone_of(first["time_zone"])
    late = {each.id: NEVER for each in subject.events}
    silent = frozenset(each.id for each in subject.events if each.ongoing)
    return Case(
        subject=subject,
        zone=zone,
        told=late,
        assumed=silent if draw(st.booleans()) else frozenset(),
        recorded=late,
        inputs=(),
        last_datum=last_instant_of_cut(PartialTime(first["as_of"]), zone),
        stated=(),
    )


@settings(deadline=None)
@given(versions(), st.lists(patients(), min_size=3, max_size=3))
def test_columns_tell_what_judging_tells(
    two: tuple[ReadyProtocol | None, ReadyProtocol | None], drawn: list[Case]
) -> None:
    old, new = two
    if old is not None and new is not None:
        pair = Compared(old=old, new=new)
        for case in drawn:
            event(compared(case, pair))


def compared(case: Case, pair: Compared) -> str:
    """Judge a patient by both versions, and by columns; how much these told."""
    at = [PartialTime(zone_of("UTC").text(case.last_datum))]
    before, after = (
        answered_each([case], each, at, EVERYTHING)[0] for each in (pair.old, pair.new)
    )
    evaluated = before.evaluated(case)
    if evaluated is None:
        return "nothing is kept"
    told = TOLD.validate_json(TOLD.dump_json(told_of(before.answer, evaluated, named=False)))
    asked = asked_of(told, evaluated.columns.packed, pair, case.last_datum)
    if asked is None:
        return "the versions are not compared"
    stands = summary_of(before.answer)
    text = SUMMARY.dump_json(stands).decode()
    hold = Hold(pair=pair, now=case.last_datum, summaries=lambda ids: dict.fromkeys(ids, text))
    found = hold.against({"S-1": asked})
    left = found.left["S-1"]
    change = kind_of(stands, after.answer, pair.clauses)
    otherwise = found.otherwise.get("S-1")
    if otherwise is not None:
        answer = _ANSWER.dump_json(before.answer, by_alias=True).decode()
        assert change is not None
        assert otherwise.changed == changed_patient(change, answer, after.answer, pair.clauses)
        return f"told: {change}"
    if not left:
        assert change is None
        return "the same"
    same = {each.id for place, each in enumerate(after.answer.events) if place not in left}
    for was, now in zip(stands.events, summary_of(after.answer).events, strict=True):
        if was.id in same:
            assert was.verdict == now.verdict
    return "left to the record"
