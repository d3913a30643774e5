"""Facts in short sentences: where one holds, and where it does not."""

from decimal import Decimal
from typing import get_args

import pytest

from app.domain.dlt.asked import Companion, Related, TimedIntervention
from app.domain.dlt.facts import Fact, FactKind
from app.domain.dlt.number import NumberBound
from app.domain.dlt.text.facts import fact_phrase
from app.domain.time import Limit

FACTS = {
    "related": Fact(
        kind="related",
        subject=("CELLS",),
        related=Related(agent="CELLS", any_of=("probable", "definite")),
    ),
    "number": Fact(
        kind="number",
        subject=("delay",),
        number=NumberBound(name="delay", above=Decimal(14)),
    ),
    "serious": Fact(kind="serious", subject=("any",)),
    "concurrent": Fact(
        kind="concurrent",
        subject=("fever",),
        companion=Companion(group="fever", grade=2),
        while_grade=3,
    ),
    "intervention_duration": Fact(
        kind="intervention_duration",
        subject=("vasopressor longer than 24 h",),
        timed=TimedIntervention(kind="vasopressor", longer_than=Limit("PT24H")),
    ),
    "intervention_start": Fact(
        kind="intervention_start",
        subject=("tocilizumab within 1 day",),
        timed=TimedIntervention(kind="tocilizumab", within=Limit("P1D")),
        while_grade=3,
    ),
}


@pytest.mark.parametrize("kind", get_args(FactKind))
def test_each_kind_says_yes_and_no_differently(kind: FactKind) -> None:
    fact = FACTS.get(kind, Fact(kind=kind, subject=("it",)))
    held, not_held = fact_phrase(fact, holds=True), fact_phrase(fact, holds=False)
    assert held != not_held
    assert held[0].islower()


NAMED = ["related", "number", "concurrent", "intervention_duration", "intervention_start"]


@pytest.mark.parametrize("kind", NAMED)
def test_a_fact_that_does_not_say_more_is_named(kind: FactKind) -> None:
    assert fact_phrase(Fact(kind=kind, subject=("it",)), holds=True) == "it"


def test_a_reader_is_told_the_limit_of_an_intervention() -> None:
    assert [FACTS[kind].words for kind in ("intervention_duration", "intervention_start")] == [
        "vasopressor was given for longer than 24 h",
        "tocilizumab was begun within 1 day of the start of the run at grade 3 or more",
    ]
    bare = (Fact(kind=kind, subject=("it",)) for kind in NAMED[-2:])  # type: ignore[arg-type]
    assert [each.words for each in bare] == ["it", "it"]


def test_some_of_them() -> None:
    assert fact_phrase(FACTS["concurrent"], holds=False) == (
        "no other event of the group “fever” was at grade 2 or more at some time while this one "
        "was at grade 3 or more"
    )
    assert fact_phrase(FACTS["intervention_duration"], holds=True) == (
        "an intervention of the kind “vasopressor” was given, without a gap, for longer than 24 "
        "hours"
    )
    two_days = TimedIntervention(kind="oxygen", at_least=Limit("P2D"))
    long = Fact(kind="intervention_duration", subject=(two_days.label,), timed=two_days)
    assert fact_phrase(long, holds=False) == (
        "no intervention of the kind “oxygen” was given, without a gap, for at least 2 days"
    )
    assert fact_phrase(FACTS["intervention_start"], holds=False) == (
        "no intervention of the kind “tocilizumab” began within 1 day of the start of the judged "
        "run, nor before it"
    )
    significance = Fact(kind="clinically_significant")
    assert fact_phrase(significance, holds=False) == (
        "the finding was judged not clinically significant"
    )
