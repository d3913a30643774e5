"""What each key of a DLT definition says, for those who write one in an editor.

By type, then by key: one or two sentences, and examples. The JSON Schema of protocol documents is
made with these (app/domain/protocol_schema.py); a test names every key that has none here, and
every entry whose key is gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Told:
    """What a key says, and values that it may have."""

    text: str
    examples: tuple[Any, ...]


def told(text: str, *examples: Any) -> Told:
    """A description with its examples."""
    return Told(text, examples)


Described = Mapping[str, Mapping[str, Told]]

LIMIT: Final = "ISO 8601: days or weeks compare calendar dates, hours or minutes compare instants."
CONDITIONS: Final[Described] = {
    "InGroup": {
        "group": told(
            "Holds when the event's term belongs to this group of the document's `groups`.",
            "neutropenia",
        )
    },
    "IsTerm": {
        "term": told(
            "Holds when the event's term is this one: a name of the dictionary, or an own term.",
            "Febrile neutropenia",
        )
    },
    "Related": {
        "agent": told(
            "The agent of the document's `agents` whose causality is asked; or several, of which "
            "any is enough.",
            "CELLS",
            ["CELLS", "lymphodepletion"],
        ),
        "any_of": told(
            "The words of causality that count as related.", ["possible", "probable", "definite"]
        ),
        "where_assessors_differ": told(
            "Who is followed where assessors stand on both sides of the line: nobody until the "
            "committee has ruled (`unknown`), one of them, or whoever says related.",
            "any_related",
        ),
    },
    "IsRelated": {
        "related": told(
            "Holds when the causality to an agent, or to any of several, is one of these words.",
            {"agent": "CELLS", "any_of": ["definite"]},
            {"agent": ["CELLS", "lymphodepletion"], "any_of": ["definite"]},
        )
    },
    "IsLaboratory": {
        "laboratory": told(
            "Holds when the event is a laboratory finding; with `false`, when it is none.", True
        )
    },
    "IsSignificant": {
        "clinically_significant": told(
            "Holds when somebody judged the finding clinically significant; with `false`, when "
            "somebody judged that it is not. Without a judgement it is unknown.",
            False,
        )
    },
    "HasIntervention": {
        "intervention": told(
            "Holds when an intervention of this kind of the document's `interventions` was given "
            "for the event; written with a limit, when the times of one keep it.",
            "vasopressor",
            {"kind": "vasopressor", "longer_than": "PT24H"},
        )
    },
    "TimedIntervention": {
        "kind": told("A kind of the document's `interventions`.", "vasopressor"),
        "longer_than": told(
            "Interventions of the kind were given for longer than this without a gap. Write one "
            "of the three limits.",
            "PT24H",
        ),
        "at_least": told(
            "Interventions of the kind were given for so long without a gap, or for longer. Write "
            "one of the three limits.",
            "P2D",
        ),
        "within": told(
            "One began no later than so long after the start of the judged run, or before it. "
            "Write one of the three limits.",
            "PT24H",
        ),
    },
    "OtherCrsSymptoms": {
        "other_crs_symptoms": told(
            "Holds when other symptoms of a cytokine release syndrome were present; with `false`, "
            "when there were none.",
            False,
        )
    },
    "AlternativeCauseIs": {
        "alternative_cause": told(
            "Holds when an assessor named one of these other causes.",
            ["underlying_disease", "infection"],
        )
    },
    "FactIs": {
        "fact": told(
            "A named fact of the event form; unknown where the form does not answer it.",
            "optimal_supportive_care",
        ),
        "equals": told("The answer that holds: yes, or with `false` no.", False),
    },
    "NumberIs": {
        "number": told(
            "Holds when a number of the event form keeps a bound; unknown where the form does not "
            "tell it.",
            {"name": "temperature", "unit": "Cel", "at_least": "38.3"},
        )
    },
    "NumberBound": {
        "name": told("The number's name on the event form.", "temperature", "days_of_delay"),
        "unit": told("The unit that the form's number is in.", "Cel", "d"),
        "above": told("The number is larger. Write one of the four bounds.", "38.3"),
        "at_least": told("The number is this or larger. Write one of the four bounds.", "38.3"),
        "below": told("The number is smaller. Write one of the four bounds.", "0.5"),
        "at_most": told("The number is this or smaller. Write one of the four bounds.", "14"),
    },
    "IsSerious": {
        "serious": told(
            "Holds when the event meets this criterion of seriousness (ICH E2A), or `any` of "
            "them.",
            "life_threatening",
        )
    },
    "HasCompanion": {
        "concurrent": told(
            "Holds when another event of the patient, of a group or a term, was there at the same "
            "time.",
            {"group": "bleeding", "grade": 2},
        )
    },
    "Companion": {
        "group": told(
            "The group that the other event's term belongs to. Or write `term`.", "lung"
        ),
        "term": told("The other event's term. Or write `group`.", "Fever"),
        "grade": told("The grade that the other event has, or a higher one.", 2),
        "while_grade": told(
            "The other event was there while this one was at or above this grade, instead of that "
            "of the judged run.",
            1,
        ),
    },
    "Recurs": {
        "occurrence": told(
            "Holds when the run is the N-th of its kind of the patient, or a later one.",
            {"at_least": 3, "grade": 3},
            {"at_least": 2, "group": "lung"},
        )
    },
    "Occurrence": {
        "at_least": told("The number of the run, in order of time: 3 for the third.", 3),
        "grade": told(
            "Runs at or above this grade are counted, instead of that of the judged run.", 3
        ),
        "group": told(
            "Runs of all events of this group are counted. Without `group` and `term`, those of "
            "the event's own term.",
            "lung",
        ),
        "term": told("Runs of all events of this term are counted.", "Fever"),
    },
    "RuledBy": {
        "ruling": told(
            "A question to a person; unknown until a signed ruling answers it with yes.",
            "Is this event intolerable?",
        )
    },
    "Peak": {
        "peak": told(
            "Bounds the highest grade of the run: `at_least` in criteria, `at_most` in the scope "
            "of exceptions.",
            {"at_most": 3},
        )
    },
    "PeakBounds": {
        "at_least": told("The lowest peak grade that holds, itself included.", 4),
        "at_most": told(
            "The highest peak grade that holds, itself included; a rise above it ends the "
            "exemption.",
            3,
        ),
    },
    "Shifts": {
        "shift": told(
            "The run reaches a grade that lies so many grades above the event's baseline grade.",
            {"at_least": 2},
        )
    },
    "Shift": {
        "at_least": told("How many grades above the baseline grade, itself included.", 2),
    },
    "Lasts": {
        "lasts": told(
            "A stretch at or above a grade lasts longer than a limit, or as long (in criteria); "
            "no longer, or shorter (in exceptions).",
            {"grade": 4, "no_longer_than": "P28D"},
        )
    },
    "RunLimit": {
        "grade": told(
            "The stretch is time at or above this grade: at the grade of the judged run that run, "
            "at a higher one any stretch within it, at a lower one the stretch around it.",
            3,
        ),
        "longer_than": told(f"Holds once the stretch lasts longer. {LIMIT}", "P7D", "PT72H"),
        "at_least": told(
            f"Holds once the stretch has lasted so long, the limit included. {LIMIT}", "P7D"
        ),
        "no_longer_than": told(
            f"Holds while the stretch lasts no longer. {LIMIT} Write one of the four limits.",
            "P28D",
            "PT72H",
        ),
        "shorter_than": told(
            f"Holds while the stretch is shorter, the limit excluded. {LIMIT}", "PT24H"
        ),
        "counted_from": told(
            "From where the limit is counted: the onset of the stretch, the last infusion at or "
            "before it, or the patient's first infusion. A stretch that begins after the limit "
            "has run out is beyond it from its onset.",
            "infusion",
        ),
        "total": told(
            "Adds the lengths of the later stretches of the same event: days at the grade in "
            "total, with or without interruption.",
            True,
        ),
    },
    "Recovers": {
        "recovers": told(
            "The event is at or below a grade, or back at baseline, within a limit. It belongs "
            "into exceptions.",
            {"to": "baseline", "within": "P28D"},
        )
    },
    "Recovery": {
        "to": told(
            "The grade at or below which the event has recovered, or `baseline` for the grade "
            "before treatment.",
            2,
            "baseline",
        ),
        "within": told(f"How long the recovery may take. {LIMIT}", "P28D", "PT72H"),
        "clock_from_grade": told(
            "Starts the clock with the stretch at or above this grade, instead of with the judged "
            "run.",
            1,
        ),
        "counted_from": told(
            "From where the limit is counted: the onset, the last infusion at or before it, or "
            "the patient's first infusion.",
            "first_infusion",
        ),
    },
    "AllOf": {
        "all": told(
            "Holds when every part holds.",
            [{"laboratory": True}, {"clinically_significant": False}],
        )
    },
    "AnyOf": {
        "any": told("Holds when at least one part holds.", [{"group": "lung"}, {"term": "Sepsis"}])
    },
    "Not": {
        "not": told(
            "Holds when this condition does not.", {"alternative_cause": ["underlying_disease"]}
        )
    },
    "Always": {
        "always": told("`true` holds for every event, `false` for none.", True),
    },
}
"""The kinds of conditions, and what they consist of."""
