"""What each key of criteria, exceptions and the rest of a DLT definition says."""

from typing import Final

from app.domain.dlt.descriptions import LIMIT, Described, told

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
            "A run is a DLT once it lasts longer; without any limit, once the grade is reached. "
            + LIMIT,
            "P7D",
            "PT72H",
        ),
        "at_least": told(
            "A run is a DLT once it has lasted so long, the limit included. It stands in the "
            "place of `longer_than`. " + LIMIT,
            "P7D",
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
        "exempts_from": told(
            "The ids of the criteria that the exception takes a run out of; without it, every "
            "one. What it `replaces` has to be among them.",
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
