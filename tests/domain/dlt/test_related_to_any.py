"""Related to any of several agents: each agent's assessors by themselves, then any of them."""

from itertools import product
from typing import Any, Final

import pytest

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.errors import BadCase, BadProtocol
from tests.builders import event
from tests.domain.dlt.toy import clause, first, toy

pytestmark = pytest.mark.no_cover

AGENTS: Final = ["IC19", "chemotherapy"]
WORDS: Final = {"yes": "probable", "no": "unlikely", "unknown": None}
VERDICTS: Final = {"yes": "DLT", "unknown": "UNDETERMINED", "no": "NOT_DLT"}
GRADES: Final = (4, "2026-03-10"), (1, "2026-03-12")


def asked(agent: Any = AGENTS, **more: str) -> dict[str, Any]:
    return {"agent": agent, "any_of": ["probable", "definite"], **more}


def judged(**words: str | None) -> list[dict[str, Any]]:
    return [{"agent": agent, "relatedness": word} for agent, word in words.items()]


def counting(**more: str) -> ReadyProtocol:
    return toy(counts={"related": asked(**more)})


@pytest.mark.parametrize(("one", "other"), list(product(WORDS, WORDS)))
def test_any_of_them_is_enough(one: str, other: str) -> None:
    causality = judged(IC19=WORDS[one], chemotherapy=WORDS[other])
    case = event("Pneumonitis", *GRADES, causality=causality)
    truth = next(each for each in VERDICTS if each in {one, other})
    assert first(counting(), case).verdict == VERDICTS[truth]
    when = toy(criteria=[clause("asked", grade=4, when={"related": asked()})])
    assert first(when, case).verdict == VERDICTS[truth]


@pytest.mark.parametrize(("one", "other"), list(product(WORDS, WORDS)))
def test_an_exception_for_what_is_related_to_none(one: str, other: str) -> None:
    unrelated = clause("unrelated", when={"not": {"related": asked()}})
    causality = judged(IC19=WORDS[one], chemotherapy=WORDS[other])
    case = event("Pneumonitis", *GRADES, causality=causality)
    truth = next(each for each in VERDICTS if each in {one, other})
    assert first(toy(exceptions=[unrelated]), case).verdict == VERDICTS[truth]


def test_what_is_missing_names_each_agent_that_was_not_judged() -> None:
    case = event("Pneumonitis", *GRADES, causality=judged(IC19="unrelated"))
    (missing,) = first(counting(), case).missing
    assert missing.text == "The causality of AE-1 to chemotherapy is not recorded."
    assert missing.would_settle == {"related": "DLT", "not_related": "NOT_DLT"}
    neither = first(counting(), event("Pneumonitis", *GRADES, causality=[])).missing
    assert [(each.text, each.would_settle) for each in neither] == [
        (
            f"The causality of AE-1 to {agent} is not recorded.",
            {"related": "DLT", "not_related": "UNDETERMINED"},
        )
        for agent in AGENTS
    ]


@pytest.mark.parametrize(
    ("differ", "verdict"),
    [("unknown", "UNDETERMINED"), ("investigator", "NOT_DLT"), ("sponsor", "DLT"),
     ("any_related", "DLT")],
)  # fmt: skip
def test_the_assessors_of_each_agent_are_weighed_by_themselves(differ: str, verdict: str) -> None:
    causality = [
        {"agent": "IC19", "relatedness": "unrelated", "assessor": "investigator"},
        {"agent": "chemotherapy", "relatedness": "unrelated", "assessor": "investigator"},
        {"agent": "chemotherapy", "relatedness": "definite", "assessor": "sponsor"},
    ]
    found = first(
        counting(where_assessors_differ=differ),
        event("Pneumonitis", *GRADES, causality=causality),
    )
    assert found.verdict == verdict
    assert [each.message for each in found.findings if each.code == "assessors_differ"] == [
        "Assessors differ on whether the event is related to chemotherapy."
    ]
    assert found.refer_to_committee is (verdict == "UNDETERMINED")


@pytest.mark.parametrize(
    ("about", "answer", "verdict"),
    [("chemotherapy", "related", "DLT"), ("chemotherapy", "not_related", "NOT_DLT"),
     ("IC19", "not_related", "UNDETERMINED")],
)  # fmt: skip
def test_a_ruling_is_about_one_of_them(about: str, answer: str, verdict: str) -> None:
    ruling = {
        "on": "2026-03-20", "by": "Committee", "event": "AE-1", "question": "causality",
        "answer": answer,
    }  # fmt: skip
    case = event("Pneumonitis", *GRADES, causality=judged(IC19="unrelated"))
    assert first(counting(), case, rulings=[{**ruling, "about": about}]).verdict == verdict
    with pytest.raises(BadCase, match="say which"):
        first(counting(), case, rulings=[ruling])


def test_one_name_and_a_list_of_one_are_the_same() -> None:
    for told, verdict in (("definite", "DLT"), ("possible", "NOT_DLT")):
        case = event("Pneumonitis", *GRADES, causality=judged(IC19=told))
        for agent in ("IC19", ["IC19"], ["IC19", "IC19"]):
            protocol = toy(counts={"related": asked(agent)})
            assert first(protocol, case).verdict == verdict
            assert protocol.rules is not None
            assert len(protocol.rules.program.facts) == 1


@pytest.mark.parametrize("agent", ["placebo", ["IC19", "placebo"]])
def test_an_agent_that_the_document_does_not_have(agent: Any) -> None:
    with pytest.raises(BadProtocol) as refused:
        toy(counts={"related": asked(agent)})
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/dlt", "unknown_agent")
    assert fault.message == "there is no agent 'placebo'; there are IC19, chemotherapy"
    with pytest.raises(BadProtocol) as refused:
        toy(criteria=[clause("c", grade=3, when={"not": {"related": asked(agent)}})])
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == (
        "/dlt/criteria/0/when/not/related/agent",
        "unknown_agent",
    )


def test_of_no_agent_is_no_condition() -> None:
    with pytest.raises(BadProtocol):
        toy(counts={"related": asked([])})
