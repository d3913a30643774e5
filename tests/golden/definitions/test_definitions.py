"""Every definition of the golden set is encoded, can be used, and decides its worked cases.

`DEF-NN.yaml` is a protocol document, `DEF-NN.cases.yaml` a list of cases in the short form of
docs/rule-language.md, in which what a case does not write speaks of the agent that opens the
window. What was read how stands in docs/definitions.md.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from app.data.protocols import make_ready
from app.data.strict_yaml import read_yaml
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated
from app.domain.dlt.readings import ruled
from tests.docs.examples import INFUSED, differences, judged

HERE: Final = Path(__file__).parent
ALL: Final = (
    "DEF-01", "DEF-03", "DEF-05", "DEF-07", "DEF-09", "DEF-11", "DEF-13", "DEF-15", "DEF-17",
    "DEF-19", "DEF-21", "DEF-23", "DEF-25", "DEF-27", "DEF-29", "DEF-31", "DEF-33", "DEF-35",
    "DEF-37", "DEF-39", "DEF-41", "DEF-43", "DEF-45", "DEF-47", "DEF-49", "DEF-51", "DEF-53",
    "DEF-55", "DEF-57", "DEF-59", "DEF-61", "DEF-63", "DEF-65", "DEF-67", "DEF-69", "DEF-71",
    "DEF-73", "DEF-75", "DEF-77", "DEF-79",
)  # fmt: skip
SKIPPED: Final = {
    "DEF-05": "The public text says who can be evaluated, not what a DLT is.",
}
_WITHOUT_EVENT: Final = {"patient", "readings", "answer", "status"}
ENCODED: Final = tuple(
    sorted(path.stem for path in HERE.glob("DEF-*.yaml") if ".cases" not in path.name)
)


def read(name: str) -> Any:
    return deepcopy(_read(name))


@cache
def _read(name: str) -> Any:
    return read_yaml((HERE / name).read_text("utf-8"))


@cache
def cases_of(definition: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = read(f"{definition}.cases.yaml")["cases"]
    return cases


@cache
def protocol_of(definition: str) -> ReadyProtocol:
    return make_ready(read(f"{definition}.yaml"))


def of_agent(agent: str, case: Mapping[str, Any]) -> dict[str, Any]:
    """The case with that agent given, and possibly the cause, where it does not write which."""
    related = [{"agent": agent, "relatedness": "possible", "assessor": "investigator"}]
    of_an_event = {} if set(case) <= _WITHOUT_EVENT else {"causality": related}
    return {
        **of_an_event,
        **case,
        "others": [{"causality": related, **other} for other in case.get("others", ())],
        "patient": {"exposures": [{"agent": agent, "start": INFUSED}], **case.get("patient", {})},
    }


@cache
def decided(definition: str, number: int) -> Adjudicated:
    """The answer to a case, counted from 1."""
    return answer(definition, cases_of(definition)[number - 1])


def answer(definition: str, case: Mapping[str, Any]) -> Adjudicated:
    ready = protocol_of(definition)
    assert ready.rules is not None
    return judged(of_agent(ready.rules.decided.rules.window.agent, case), ready)


COUNTED: Final = {("DEF-15", 5), ("DEF-33", 19), ("DEF-47", 18), ("DEF-67", 30)}
"""The cases that reach branches of their own: only they are traced."""
CASES: Final = [
    pytest.param(
        definition,
        number,
        case,
        id=f"{definition}-{number}",
        marks=() if (definition, number) in COUNTED else pytest.mark.no_cover,
    )
    for definition in ENCODED
    for number, case in enumerate(cases_of(definition), start=1)
]


def test_every_definition_is_encoded_or_skipped_for_a_reason() -> None:
    assert {*ENCODED, *SKIPPED} == set(ALL)
    assert set(ENCODED).isdisjoint(SKIPPED)
    assert all(SKIPPED.values())


@pytest.mark.no_cover
@pytest.mark.parametrize("definition", ENCODED)
def test_it_can_be_used_under_its_own_name(definition: str) -> None:
    ready = protocol_of(definition)
    assert ready.document.id == definition
    assert ready.rules is not None


@pytest.mark.parametrize(("definition", "number", "case"), CASES)
def test_a_case_is_decided_as_the_text_does(
    definition: str, number: int, case: dict[str, Any]
) -> None:
    assert "answer" in case
    assert list(differences(case, decided(definition, number))) == []


@pytest.mark.parametrize("definition", ENCODED)
def test_every_criterion_makes_a_case_a_dlt(definition: str) -> None:
    ready = protocol_of(definition)
    assert ready.rules is not None
    numbers = range(1, len(cases_of(definition)) + 1)
    met = {decided(definition, number).events[0].criterion for number in numbers}
    assert {each.id for each in ready.rules.decided.rules.criteria} - met == set()


@pytest.mark.parametrize("definition", ENCODED)
def test_its_cases_stand_on_both_sides(definition: str) -> None:
    answers = [case["answer"] for case in cases_of(definition)]
    verdicts = {each if isinstance(each, str) else each["verdict"] for each in answers}
    assert len(answers) >= 3
    assert {"DLT", "NOT_DLT"} <= verdicts


@pytest.mark.parametrize("definition", ENCODED)
def test_every_option_of_a_reading_gives_other_rules(definition: str) -> None:
    document = protocol_of(definition).document
    for reading in document.readings:
        options = [str(ruled(document, {reading.id: option})) for option in reading.options]
        assert len(set(options)) == len(options) > 1, reading.id


@pytest.mark.parametrize("definition", ENCODED)
def test_a_switched_reading_is_one_of_the_document(definition: str) -> None:
    known = {each.id: each.options for each in protocol_of(definition).document.readings}
    switched = [case["readings"] for case in cases_of(definition) if "readings" in case]
    assert [each for each in switched if any(o not in known[r] for r, o in each.items())] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("definition", ENCODED)
def test_every_option_decides_a_case_otherwise_than_the_default(definition: str) -> None:
    readings = protocol_of(definition).document.readings
    missing = {(each.id, option) for each in readings for option in each.options}
    missing -= {(each.id, each.default) for each in readings}
    for number, case in enumerate(cases_of(definition), start=1):
        for reading, option in case.get("readings", {}).items():
            others = {name: each for name, each in case["readings"].items() if name != reading}
            unswitched = answer(definition, {**case, "readings": others})
            if unswitched.events[0].verdict != decided(definition, number).events[0].verdict:
                missing.discard((reading, option))
    assert missing == set()
