"""IC19's own document, with every option of its readings, judged by the oracle."""

from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from hypothesis import strategies as st

from app.data.dictionaries import load, load_synonyms
from app.domain.adjudication.protocol import ReadyProtocol, read_document, ready
from tests.oracle.facts import Term
from tests.oracle.pairs import CASES, Pair, ReadRules
from tests.oracle.requests import cases
from tests.oracle.strategies import Data

DOCUMENT = "NCT06886919-1.yaml"
#: One term, and another, of each group that the document names; and one of none.
NAMES = (
    "Neutrophil count decreased", "White blood cell decreased", "Lymphocyte count decreased",
    "Anemia", "Platelet count decreased", "Pancytopenia", "Bone marrow hypocellular",
    "Alanine aminotransferase increased", "Blood bilirubin increased",
    "Hemophagocytic lymphohistiocytosis", "Chills", "Hypotension", "Cytokine release syndrome",
    "ICANS", "Seizure", "Febrile neutropenia", "Nausea", "Creatinine increased",
)  # fmt: skip


@cache
def document() -> dict[str, Any]:
    """The shipped document."""
    text = files("app.data").joinpath("protocols", DOCUMENT).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(text)
    return read


@cache
def protocol(chosen: tuple[tuple[str, str], ...] = ()) -> ReadyProtocol:
    """The protocol with some readings decided otherwise."""
    known = ready(
        read_document(document()), "digest", load("ctcae-5.0"), load_synonyms("synonyms-1")
    )
    return known.with_readings(dict(chosen))


def read_readings(readings: Data) -> ReadRules:
    """The document with some readings decided otherwise."""
    known = protocol(tuple(sorted(readings.items())))
    assert known.rules is not None
    return ReadRules(
        rules=known.rules.decided.rules,
        groups=known.rules.decided.groups,
        kinds=known.document.interventions,
        terms=terms(),
        program=known.rules.program,
    )


@cache
def terms() -> tuple[Term, ...]:
    """Terms of every kind that the document tells apart."""
    known = [protocol().resolve(name, None) for name in NAMES]
    assert all(term.name and term.laboratory is not None for term in known)
    return tuple(Term(term.name or "", bool(term.laboratory), term.grades) for term in known)


@st.composite
def readings(draw: st.DrawFn) -> dict[str, str]:
    """The defaults, or one reading decided otherwise."""
    other = [(r["id"], option) for r in document()["readings"] for option in r["options"]]
    return dict([draw(st.sampled_from(other))]) if draw(st.booleans()) else {}


@st.composite
def ic19_pairs(draw: st.DrawFn) -> Pair:
    """IC19 with a generated request."""
    return draw(several_of_ic19(1))[0]


@st.composite
def several_of_ic19(draw: st.DrawFn, number: int = CASES) -> list[Pair]:
    """IC19 with several requests."""
    names, chosen = tuple(term.name for term in terms()), draw(readings())
    return [Pair(chosen, draw(cases(names)), read_readings) for _ in range(number)]
