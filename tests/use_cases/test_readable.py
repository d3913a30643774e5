"""An answer as a person reads it."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.adjudication.result import (
    EventAdjudication,
    Explanation,
    Finding,
    Missing,
    Reason,
    SubjectAdjudication,
)
from app.domain.time import PartialTime
from app.use_cases.adjudicate import (
    ManyAnswer,
    OneAnswer,
    UsedDictionary,
    UsedProtocol,
    UsedSynonyms,
)
from app.use_cases.readable import Tone, lines_of

USED = UsedDictionary(id="d", digest="sha256:1", synonyms=UsedSynonyms(id="s", digest="sha256:2"))


def because(text: str) -> Explanation:
    tree = Reason(
        kind="event",
        clause=None,
        at=None,
        says="",
        truth="no",
        since=None,
        text=text,
        records=(),
        parts=(),
    )
    return Explanation(text=text, tree=tree)


EVENT = EventAdjudication(
    id="AE-1",
    verdict="UNDETERMINED",
    criterion="any-grade-3",
    exception=None,
    established_at=None,
    becomes_dlt_at="2026-03-09T00:00:00+08:00",
    open=True,
    missing=(
        Missing(
            field="causality",
            event="AE-1",
            text="Nobody judged it.",
            would_settle={"related": "DLT", "not_related": "NOT_DLT"},
        ),
    ),
    refer_to_committee=True,
    readings=("limit-included",),
    explanation=because("Nothing is known."),
    findings=(Finding(code="term_mapped", message="Read as another."),),
)
SUBJECT = SubjectAdjudication(
    id="S-01",
    status="UNDETERMINED",
    until=None,
    reason=None,
    window=(),
    missing=(),
    explanation=because("One event is open."),
    findings=(),
)
ANSWER = OneAnswer(
    protocol=UsedProtocol(id="P", version="1", digest="sha256:0123456789abcdef"),
    dictionary=USED,
    as_of=PartialTime("2026-03-04"),
    engine_version="0",
    events=(EVENT,),
    subject=SUBJECT,
)


def plain(answer: OneAnswer | ManyAnswer) -> Sequence[str]:
    return list(lines_of(answer, lambda text, _: text))


def test_everything_that_is_open_is_said() -> None:
    assert plain(ANSWER) == [
        "P version 1, data cut 2026-03-04 (sha256:0123456789ab…)",
        "Patient S-01: UNDETERMINED",
        "  One event is open.",
        "  AE-1: UNDETERMINED (by any-grade-3, becomes a DLT at 2026-03-09T00:00:00+08:00, open)",
        "    Nothing is known.",
        "    Refer to the committee.",
        "    Missing: causality (related → DLT, not_related → NOT_DLT). Nobody judged it.",
        "    Readings: limit-included.",
        "    Finding term_mapped: Read as another.",
    ]


def test_nothing_is_said_twice() -> None:
    event = replace(EVENT, explanation=because("It is open. Nobody judged it."))
    subject = replace(SUBJECT, missing=EVENT.missing)
    said = "\n".join(plain(replace(ANSWER, events=(event,), subject=subject)))
    assert said.count("Nobody judged it.") == 1


def test_what_the_patient_misses_is_said_of_the_patient() -> None:
    missing = Missing(field="follow_up", event=None, text="Until when?", would_settle={})
    assert "  Missing: follow_up. Until when?" in plain(
        replace(ANSWER, subject=replace(SUBJECT, missing=(missing,)))
    )


def test_until_when_is_said() -> None:
    subject = replace(SUBJECT, status="IN_WINDOW", until="2026-03-30T00:00:00+08:00")
    assert "Patient S-01: IN_WINDOW until 2026-03-30T00:00:00+08:00" in plain(
        replace(ANSWER, subject=subject)
    )


def test_long_sentences_are_folded() -> None:
    event = replace(EVENT, explanation=because("word " * 100))
    lines = plain(replace(ANSWER, events=(event,)))
    assert max(map(len, lines)) <= 96


def test_the_verdict_has_its_colour() -> None:
    def paint(text: str, tone: Tone) -> str:
        return f"<{tone}>{text}"

    said = "\n".join(lines_of(ANSWER, paint))
    assert "AE-1: <open>UNDETERMINED" in said
    dlt = replace(ANSWER, events=(replace(EVENT, verdict="DLT"),))
    assert "AE-1: <bad>DLT" in "\n".join(lines_of(dlt, paint))
