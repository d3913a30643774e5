"""Whole protocol documents, with every option of their readings, judged by the oracle."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from app.data.protocols import make_ready
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.rule import FactIs, NumberIs
from tests.oracle.facts import Term, conditions_in
from tests.oracle.pairs import CASES, Pair, ReadRules
from tests.oracle.requests import cases
from tests.oracle.strategies import Data

GOLDEN: Final = Path(__file__).parents[1] / "golden" / "definitions"
DOCUMENTS: Final = tuple(sorted(GOLDEN.glob("DEF-??.yaml")))
"""The golden definitions."""
_BASIC: Final = ("Nausea", "Lipase increased")


@cache
def protocol(path: Path, chosen: tuple[tuple[str, str], ...] = ()) -> ReadyProtocol:
    """A document with some readings decided otherwise."""
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return make_ready(read).with_readings(dict(chosen))


def read_readings(path: Path, readings: Data) -> ReadRules:
    """The rules of a document with some readings decided otherwise."""
    known = protocol(path, tuple(sorted(readings.items())))
    assert known.rules is not None
    return ReadRules(
        rules=known.rules.decided.rules,
        groups=known.rules.decided.groups,
        kinds=known.document.interventions,
        terms=terms(path),
        program=known.rules.program,
    )


@cache
def terms(path: Path) -> tuple[Term, ...]:
    """A term of every kind that the document tells apart, and two of none."""
    known = protocol(path)
    assert known.rules is not None
    of_signature = {number: name for name, number in known.rules.program.signature_of_term.items()}
    names = dict.fromkeys((*of_signature.values(), *_BASIC))
    found = [known.resolve(name, None) for name in names]
    return tuple(
        Term(term.name, bool(term.laboratory), term.grades) for term in found if term.name
    )


@cache
def told(path: Path) -> Mapping[str, Sequence[Any]]:
    """What the event form may tell: facts, and numbers on both sides of every bound."""
    known = protocol(path)
    assert known.rules is not None
    values: dict[str, list[Any]] = {}
    for condition in conditions_in(known.rules.decided.rules):
        match condition:
            case FactIs():
                values.setdefault(condition.fact, []).extend((True, False))
            case NumberIs():
                asked = condition.number
                bounds = (asked.above, asked.at_least, asked.below, asked.at_most)
                values.setdefault(asked.name, []).extend(
                    float(bound) + side for bound in bounds if bound for side in (-1, 0, 1)
                )
            case _:
                pass
    return values


def readings_of(path: Path) -> Iterator[tuple[str, str]]:
    """Every option of every reading of a document."""
    for reading in protocol(path).document.readings:
        for option in reading.options:
            yield reading.id, option


@st.composite
def document_pairs(draw: st.DrawFn, paths: Sequence[Path] = DOCUMENTS) -> Pair:
    """A golden definition, perhaps with a reading decided otherwise, and a generated request."""
    return draw(several_of_a_document(1, paths))[0]


@st.composite
def several_of_a_document(
    draw: st.DrawFn, number: int = CASES, paths: Sequence[Path] = DOCUMENTS
) -> list[Pair]:
    """A golden definition, perhaps with a reading decided otherwise, and several requests."""
    path = draw(st.sampled_from(paths))
    other = list(readings_of(path))
    otherwise: bool = bool(other) and draw(st.booleans())
    chosen = [draw(st.sampled_from(other))] if otherwise else []
    rules = protocol(path).rules
    assert rules is not None
    names = tuple(term.name for term in terms(path))
    agent = rules.decided.rules.window.agent
    requests = cases(names, agent=agent, told=told(path))
    read = partial(read_readings, path)
    return [Pair(dict(chosen), draw(requests), read) for _ in range(number)]
