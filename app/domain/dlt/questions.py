"""Conditions that one fact of an event answers, and which fact that is."""

from typing import assert_never

from app.domain.dlt.facts import Fact
from app.domain.dlt.rule import (
    AlternativeCauseIs,
    FactIs,
    IsLaboratory,
    IsSerious,
    IsSignificant,
    NumberIs,
    OtherCrsSymptoms,
    RuledBy,
)

FactCondition = (
    IsLaboratory
    | IsSignificant
    | OtherCrsSymptoms
    | AlternativeCauseIs
    | FactIs
    | NumberIs
    | IsSerious
    | RuledBy
)
"""Conditions that one fact of the event answers."""


def asked_by(condition: FactCondition) -> tuple[Fact, bool]:  # noqa: C901 - one case for each kind
    """The fact that a condition asks for, and the answer with which it holds."""
    match condition:
        case IsLaboratory():
            return Fact(kind="laboratory"), condition.laboratory
        case IsSignificant():
            return Fact(kind="clinically_significant"), condition.clinically_significant
        case OtherCrsSymptoms():
            return Fact(kind="other_crs_symptoms"), condition.other_crs_symptoms
        case AlternativeCauseIs():
            return Fact(kind="alternative_cause", subject=condition.alternative_cause), True
        case FactIs():
            return Fact(kind="fact", subject=(condition.fact,)), condition.equals
        case NumberIs():
            number = condition.number
            return Fact(kind="number", subject=(number.name,), number=number), True
        case IsSerious():
            return Fact(kind="serious", subject=(condition.serious,)), True
        case RuledBy():
            return Fact(kind="ruling", subject=(condition.ruling,)), True
        case _:
            assert_never(condition)
