"""The facts that a rule set asks of an event, and how a record answers them in three values."""

from dataclasses import dataclass
from typing import Final, Literal, assert_never

from app.domain.dlt.asked import Companion, Occurrence, Related, TimedIntervention
from app.domain.dlt.number import NumberBound

YES, UNKNOWN, NO = 1, 0, -1

#: The kinds of facts that hold from an instant, or a step of the course, on.
FROM_AN_INSTANT: Final = frozenset(
    {"concurrent", "occurrence", "intervention_duration", "intervention_start"}
)

FactKind = Literal[
    "related", "laboratory", "clinically_significant", "intervention", "intervention_duration",
    "intervention_start", "other_crs_symptoms", "alternative_cause", "fact", "number",
    "serious", "concurrent", "occurrence", "ruling",
    "under_syndrome",
]  # fmt: skip

FactField = Literal[
    "causality", "laboratory", "clinical_significance", "interventions", "intervention_duration",
    "intervention_start", "other_crs_symptoms", "alternative_cause", "fact", "number",
    "seriousness", "concurrent_event", "occurrence", "committee_ruling", "syndrome",
]  # fmt: skip

#: The `missing[].field` that an unknown fact of each kind is reported as.
FIELD_OF: dict[FactKind, FactField] = {
    "related": "causality",
    "laboratory": "laboratory",
    "clinically_significant": "clinical_significance",
    "intervention": "interventions",
    "intervention_duration": "intervention_duration",
    "intervention_start": "intervention_start",
    "other_crs_symptoms": "other_crs_symptoms",
    "alternative_cause": "alternative_cause",
    "fact": "fact",
    "number": "number",
    "serious": "seriousness",
    "concurrent": "concurrent_event",
    "occurrence": "occurrence",
    "ruling": "committee_ruling",
    "under_syndrome": "syndrome",
}

#: The two answers to each kind of fact, as `would_settle` writes them: when it holds, when not.
ANSWERS: dict[FactKind, tuple[str, str]] = {
    "related": ("related", "not_related"),
    "laboratory": ("laboratory", "not_laboratory"),
    "clinically_significant": ("significant", "not_significant"),
    "intervention": ("given", "not_given"),
    "intervention_duration": ("long_enough", "too_short"),
    "intervention_start": ("in_time", "not_in_time"),
    "other_crs_symptoms": ("present", "absent"),
    "alternative_cause": ("named", "not_named"),
    "fact": ("true", "false"),
    "number": ("within", "outside"),
    "serious": ("serious", "not_serious"),
    "concurrent": ("at_the_same_time", "not_at_the_same_time"),
    "occurrence": ("so_often", "not_so_often"),
    "ruling": ("yes", "no"),
    "under_syndrome": ("part_of_syndrome", "not_part_of_syndrome"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One question about an event that is answered yes, no or unknown."""

    kind: FactKind
    subject: tuple[str, ...] = ()
    """What it is about: the intervention, the fact's name, the question, the causes."""
    related: Related | None = None
    number: NumberBound | None = None
    companion: Companion | None = None
    timed: TimedIntervention | None = None
    while_grade: int = 1
    """The grade of this event while the companion was there; that of the judged run, from whose
    start on an intervention has to begin in time.
    """
    occurrence: Occurrence | None = None
    """With the grade that is counted."""

    @property
    def field(self) -> FactField:
        """As `missing[].field` names it."""
        return FIELD_OF[self.kind]

    @property
    def words(self) -> str:  # noqa: C901 - one case for each kind
        """As a reader says it."""
        about = ", ".join(self.subject)
        match self.kind:
            case "related":
                return (
                    f"causality to {about} is one of "
                    f"{', '.join(self.related.any_of if self.related else ())}"
                )
            case "laboratory":
                return "the event is a laboratory finding"
            case "clinically_significant":
                return "the finding was judged clinically significant"
            case "intervention":
                return f"{about} was given"
            case "intervention_duration":
                return self.timed.words if self.timed else about
            case "intervention_start":
                at = f" at grade {self.while_grade} or more"
                return f"{self.timed.words}{at}" if self.timed else about
            case "other_crs_symptoms":
                return "other symptoms of CRS were present"
            case "alternative_cause":
                return f"another cause was named ({about})"
            case "fact":
                return f"{about} is recorded as true"
            case "number":
                return self.number.words if self.number else about
            case "concurrent":
                grade = self.companion.grade if self.companion else 1
                return (
                    f"{about} of grade {grade} or more was there at grade {self.while_grade} or "
                    "more of this event"
                )
            case "occurrence":
                return f"the run is {about}"
            case "serious":
                if self.subject == ("any",):
                    return "the event is serious"
                return f"the event is serious by {about.replace('_', ' ')}"
            case "ruling":
                return f"a person has ruled: {about}"
            case "under_syndrome":
                return "the event is a symptom judged under a syndrome"
            case _:
                assert_never(self.kind)
