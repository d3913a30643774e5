"""Facts in short sentences: where one holds, and where it does not."""

from decimal import Decimal
from typing import get_args

import pytest

from app.domain.dlt.asked import Companion, Related
from app.domain.dlt.facts import Fact, FactKind
from app.domain.dlt.number import NumberBound
from app.domain.dlt.text.facts import fact_phrase

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
}


@pytest.mark.parametrize("kind", get_args(FactKind))
def test_each_kind_says_yes_and_no_differently(kind: FactKind) -> None:
    fact = FACTS.get(kind, Fact(kind=kind, subject=("it",)))
    held, not_held = fact_phrase(fact, holds=True), fact_phrase(fact, holds=False)
    assert held != not_held
    assert held[0].islower()


@pytest.mark.parametrize("kind", ["related", "number", "concurrent"])
def test_a_fact_that_does_not_say_more_is_named(kind: FactKind) -> None:
    assert fact_phrase(Fact(kind=kind, subject=("it",)), holds=True) == "it"


def test_some_of_them() -> None:
    assert fact_phrase(FACTS["concurrent"], holds=False) == (
        "no other event of the group “fever” was at grade 2 or more at some time while this one "
        "was at grade 3 or more"
    )
    significance = Fact(kind="clinically_significant")
    assert fact_phrase(significance, holds=False) == (
        "the finding was judged not clinically significant"
    )
