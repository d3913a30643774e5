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

_LIMIT = "ISO 8601: days or weeks compare calendar dates, hours or minutes compare instants."
_AT = told(
    "Where the clause stands in its source: a section, an item, a sentence.",
    "5.1 a",
    "Definition of DLT, item 1",
)
_SAYS = told(
    "The clause in words of your own, as explanations quote it.",
    "Grade 3 that lasts longer than 7 days.",
)
_SENTENCE = told(
    "The protocol's own sentence, where you may keep it; it decides nothing.",
    "Grade 3 infection of the lung lasting more than 72 hours",
)

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
        "agent": told("The agent of the document's `agents` whose causality is asked.", "CELLS"),
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
            "Holds when the causality to an agent is one of these words.",
            {"agent": "CELLS", "any_of": ["definite"]},
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
            "for the event.",
            "vasopressor",
        )
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
            "A stretch at or above a grade lasts longer than a limit (in criteria), or no longer "
            "(in exceptions).",
            {"grade": 4, "no_longer_than": "P28D"},
        )
    },
    "RunLimit": {
        "grade": told(
            "The stretch is time at or above this grade: at the grade of the judged run that run, "
            "at a higher one any stretch within it, at a lower one the stretch around it.",
            3,
        ),
        "longer_than": told(f"Holds once the stretch lasts longer. {_LIMIT}", "P7D", "PT72H"),
        "no_longer_than": told(
            f"Holds while the stretch lasts no longer. {_LIMIT} Write one of the two limits.",
            "P28D",
            "PT72H",
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
        "within": told(f"How long the recovery may take. {_LIMIT}", "P28D", "PT72H"),
        "clock_from_grade": told(
            "Starts the clock with the stretch at or above this grade, instead of with the judged "
            "run.",
            1,
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

CLAUSES: Final[Described] = {
    "Criterion": {
        "id": told(
            "The name of the criterion, by which verdicts, exceptions and amendments speak of it.",
            "grade-3-persisting",
        ),
        "at": _AT,
        "says": _SAYS,
        "grade": told("The criterion judges the runs at or above this grade, from 1 to 5.", 3),
        "longer_than": told(
            "A run is a DLT once it lasts longer; without it, once the grade is reached. "
            + _LIMIT,
            "P7D",
            "PT72H",
        ),
        "when": told(
            "Narrows the criterion to the events for which this holds.", {"group": "lung"}
        ),
        "sentence": _SENTENCE,
    },
    "ExceptionClause": {
        "id": told("The name of the exception, by which verdicts speak of it.", "crs-g3-72h"),
        "at": _AT,
        "says": _SAYS,
        "when": told(
            "Whom the exception concerns.", {"all": [{"group": "crs"}, {"peak": {"at_most": 3}}]}
        ),
        "limit": told(
            "What must hold for the exemption; when it is broken the criteria stand as they are.",
            {"lasts": {"grade": 3, "no_longer_than": "PT72H"}},
        ),
        "replaces": told(
            "The ids of criteria in whose place the exception's limit stands: a run that breaks "
            "it is a DLT, even one that the criterion would have let pass.",
            ["grade-3-persisting"],
        ),
        "sentence": _SENTENCE,
    },
    "Window": {
        "anchor": told(
            "Whether each infusion of the agent opens a window, or only the first.",
            "each_infusion",
        ),
        "agent": told("The agent of `agents` whose infusions open the window.", "CELLS"),
        "first_day": told("The number of the infusion day: 0 or 1.", 0),
        "through": told(
            "The number of the last day (`P28D`: day 28), or in hours an elapsed time from the "
            "start of the infusion.",
            "P28D",
            "PT672H",
        ),
        "onset_from_grade": told(
            "What has to lie in the window is then the start of the stretch at or above this "
            "grade, not that of the judged run.",
            1,
        ),
        "rise_on_infusion_day": told(
            "What a rise dated by the infusion day alone means: after the infusion if it is above "
            "the baseline grade, after it, or either.",
            "after_if_above_baseline",
        ),
        "early_completion": told(
            "Whether a recorded, reasoned completion of a patient's window ends it.", True
        ),
    },
    "Counts": {
        "related": told(
            "The causality that a run needs before any criterion looks at it.",
            {"agent": "CELLS", "any_of": ["possible", "probable", "definite"]},
        ),
        "unless": told(
            "Takes out the events for which this holds.",
            {"all": [{"laboratory": True}, {"clinically_significant": False}]},
        ),
    },
    "Referral": {
        "grade": told("Toxicity at or above this grade is referred, from 1 to 5.", 3),
        "at": _AT,
        "says": _SAYS,
        "first_reached_only": told(
            "Whether only a grade that is first reached after the window is referred, or every "
            "rise to it.",
            True,
        ),
    },
    "Syndrome": {
        "term": told("The term of the syndrome.", "Cytokine release syndrome"),
        "symptoms": told(
            "Terms that are judged under the syndrome's event where a record links them to it.",
            ["Fever", "Hypotension"],
        ),
        "own_clause": told(
            "Symptoms that keep being judged by themselves, since a clause names them.",
            ["Hypotension"],
        ),
    },
    "Clocks": {
        "within_includes_limit": told('Whether "within 7 days" includes the 7th.', True),
        "days_are": told(
            "Whether a limit in days compares calendar dates or periods of 24 hours.", "calendar"
        ),
        "recovery": told(
            "What ends the clock of a recovery: the first documented one, or the last, so that a "
            "rise in between does not stop it.",
            "first_documented",
        ),
        "after_last_report": told(
            "What is known of an open event after its last report: nothing, or that it persists.",
            "unknown",
        ),
        "death_from_another_cause": told(
            "What a death from another cause does to a running limit: the committee rules, the "
            "event ends with it, or the limit is exceeded.",
            "committee",
        ),
        "unknown_grades": told(
            "Which grades an unknown grade may be: those that the term has, or all from 1 to 5.",
            "of_the_term",
        ),
    },
    "RuleSet": {
        "observed_in": told(
            "The ids of the phases in which DLTs are looked for; in others the answer is "
            "NOT_APPLICABLE.",
            ["escalation"],
        ),
        "window": told(
            "When an onset counts.",
            {"anchor": "each_infusion", "agent": "CELLS", "first_day": 0, "through": "P28D"},
        ),
        "counts": told(
            "What must hold before any criterion looks at a run; `{}` where nothing must.",
            {"related": {"agent": "CELLS", "any_of": ["possible", "probable", "definite"]}},
        ),
        "criteria": told(
            "What makes a run a DLT; an event is one when one of its runs is one by any of these.",
            [{"id": "grade-4", "at": "5.1 a", "says": "Grade 4 or 5.", "grade": 4}],
        ),
        "exceptions": told(
            "What is no DLT although a criterion holds.",
            [
                {
                    "id": "crs-g3-72h",
                    "at": "5.2",
                    "says": "CRS of grade 3 for no more than 72 hours.",
                    "when": {"all": [{"group": "crs"}, {"peak": {"at_most": 3}}]},
                    "limit": {"lasts": {"grade": 3, "no_longer_than": "PT72H"}},
                }
            ],
        ),
        "refer_to_committee": told(
            "Toxicity after every window that goes to the committee, whatever the verdict.",
            {"grade": 3, "at": "5.3", "says": "Grade 3 or more after day 28 is discussed."},
        ),
        "syndromes": told(
            "Syndromes, and the symptoms that are judged under them.",
            [{"term": "Cytokine release syndrome", "symptoms": ["Fever"]}],
        ),
        "clocks": told(
            "How clocks run, where it differs from the defaults.", {"days_are": "elapsed"}
        ),
    },
}
"""Criteria, exceptions, and the rest of a DLT definition."""
