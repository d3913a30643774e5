"""Generated rule sets as documents, and generated records judged with and without a clause."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.data.protocols import make_ready
from app.domain.dlt.program import TermFacts, program_of
from app.domain.dlt.rule import RuleSet
from app.domain.errors import BadProtocol
from app.domain.grade import DEATH
from app.domain.lint.variants import Workshop
from tests.oracle.completions import Recorded
from tests.oracle.engine import Answer, answers
from tests.oracle.pairs import KINDS, Pair
from tests.oracle.strategies import GROUPS, Data


def document_of(rules: Data) -> dict[str, Any]:
    """A document with these rules."""
    return {
        "id": "GENERATED",
        "version": "1",
        "title": "Generated",
        "source": {"registry": "none"},
        "agents": {"IC19": "investigational"},
        "grading": {"dictionary": "ctcae-5.0"},
        "phases": [{"id": "escalation"}],
        "groups": {name: list(terms) for name, terms in GROUPS.items()},
        "interventions": {name: list(words) for name, words in KINDS.items()},
        "dlt": rules,
    }


def workshop_of(rules: Data) -> Workshop | None:
    """The boundary cases of generated rules; None where these cannot be used."""
    try:
        ready = make_ready(document_of(rules))
    except BadProtocol:
        return None
    assert ready.rules is not None
    return Workshop(ready, ready.rules.decided)


def unlike(shop: Workshop, changed: RuleSet, rules: Data, cases: Sequence[Data]) -> Iterator[Any]:
    """The records that the changed rules decide otherwise, with both answers.

    Records of which nothing is decided either way tell nothing.
    """
    for case in cases:
        recorded = Pair(rules, case).recorded()
        if not _can_be(shop, recorded):
            continue
        terms = [TermFacts(name=each.name, laboratory=each.laboratory) for each in recorded.terms]
        one, other = (
            _answer(recorded, program_of(each, recorded.groups, terms))
            for each in (shop.rules, changed)
        )
        decided = "UNDETERMINED" not in (one.verdict, other.verdict)
        if decided and (one.verdict, one.at) != (other.verdict, other.at):
            yield case, one, other


def _answer(recorded: Recorded, program: Any) -> Answer:
    return answers([recorded], program)[0]


def _can_be(shop: Workshop, recorded: Recorded) -> bool:
    """Whether the term is what the dictionary says of it, and nothing follows a death."""
    name = shop.ready.dictionary.named(recorded.event.term)
    if name is None:
        return False
    term, grades = shop.ready.dictionary.term(name), [e.grade for e in recorded.event.grades]
    alike = all(each.laboratory is term.laboratory for each in recorded.terms)
    return alike and set(grades) <= {None, 0, *term.grades} and DEATH not in grades[:-1]
