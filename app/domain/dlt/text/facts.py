"""The facts that rules ask for, as short sentences: where one holds, and where it does not."""

from dataclasses import replace
from typing import assert_never

from app.domain.dlt.facts import Fact
from app.domain.dlt.text.conditions import (
    companion_words,
    intervention_words,
    number_words,
    quoted,
    related_words,
    serious_words,
)


def fact_phrase(fact: Fact, *, holds: bool) -> str:  # noqa: C901 - one case for each kind
    """What a record says that answers a fact so."""
    about = ", ".join(fact.subject)
    match fact.kind:
        case "related":
            return related_words(fact.related, holds=holds) if fact.related else about
        case "laboratory":
            return f"the event {'is' if holds else 'is not'} a laboratory finding"
        case "clinically_significant":
            return f"the finding was judged {'' if holds else 'not '}clinically significant"
        case "intervention":
            return intervention_words(about, holds=holds)
        case "intervention_duration" | "intervention_start":
            return intervention_words(fact.timed, holds=holds) if fact.timed else about
        case "other_crs_symptoms":
            return f"there were {'' if holds else 'no '}other symptoms of CRS"
        case "alternative_cause":
            return f"{'an' if holds else 'no'} assessor named another cause ({about})"
        case "fact":
            return f"the fact {quoted(about)} is recorded as {'true' if holds else 'false'}"
        case "number":
            return number_words(fact.number, holds=holds) if fact.number else about
        case "serious":
            return serious_words(about, holds=holds)
        case "concurrent":
            if fact.companion is None:
                return about
            asked = replace(fact.companion, while_grade=fact.while_grade)
            return companion_words(asked, holds=holds)
        case "occurrence":
            return f"the run is {'' if holds else 'not '}{about}"
        case "ruling":
            return f"a person has answered {quoted(about)} with {'yes' if holds else 'no'}"
        case "under_syndrome":
            links = "links" if holds else "does not link"
            return f"the record {links} the event to a syndrome that it is a symptom of"
        case _:
            assert_never(fact.kind)
