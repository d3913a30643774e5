"""What each key of a protocol document beside its DLT definition says (descriptions.py)."""

from typing import Final

from app.domain.dlt.descriptions import Described, told

_AT: Final = told("Where the source says it.", "4.1")

DOCUMENT: Final[Described] = {
    "Document": {
        "schema_number": told("The number of this form of document; there is only 1.", 1),
        "id": told("The protocol's id: that of the registry, or one of your own.", "NCT06886919"),
        "version": told(
            "The version, in quotes: a version never changes, a correction is a new one.", "1"
        ),
        "title": told("The title of the trial.", "IC19 CAR-T cells in refractory lupus"),
        "source": told(
            "Where the protocol's text is found.",
            {"registry": "NCT06886919", "updated": "2025-03-24", "section": "Safety"},
        ),
        "agents": told(
            "What patients are given: agents under study, and background treatment.",
            {"CELLS": "investigational", "lymphodepletion": "background"},
        ),
        "grading": told(
            "The dictionary of terms, and how grades are told.", {"dictionary": "ctcae-5.0"}
        ),
        "phases": told("The phases of the trial.", [{"id": "escalation"}, {"id": "expansion"}]),
        "ladder": told(
            "The planned dose levels, as far as the text states them.", {"planned_levels": 3}
        ),
        "design": told(
            "The escalation design as the text names it.", {"kind": "3+3", "cohort_size": 3}
        ),
        "stagger": told(
            "Who waits for whom before the next patient is enrolled or infused.",
            [
                {
                    "at": "4.2",
                    "says": "14 days lie between patients.",
                    "kind": "each_consecutive_pair",
                    "gated_act": "enrol",
                    "anchor": "infusion_start",
                    "at_least": "P14D",
                    "phases": ["escalation"],
                }
            ],
        ),
        "enrolment": told(
            "What the enrolment gate needs to know beside ladder and stagger; null where the text "
            "has no rule of who may be dosed next.",
            {"cohorts": {"variant": "six-at-mtd", "phases": ["escalation"]}},
        ),
        "planned_subjects": told("How many patients are planned, of all phases.", 40),
        "follow_up": told(
            "How long each patient is followed: an ISO 8601 duration in days, weeks or hours.",
            "P104W",
        ),
        "groups": told(
            "Groups of terms by names of your own, for the conditions `group`.",
            {"lung": ["Lung infection", "Pneumonitis"]},
        ),
        "interventions": told(
            "Kinds of interventions, each with the words that reports use for it.",
            {"vasopressor": ["norepinephrine", "adrenaline"]},
        ),
        "readings": told(
            "Points that the prose leaves open: each with its options and the one that holds.",
            [
                {
                    "id": "R-SEVERE",
                    "question": "What is severe?",
                    "options": {"grade-3": "Grade 3 or more.", "grade-4": "Grade 4 or more."},
                    "default": "grade-4",
                }
            ],
        ),
        "dlt": told("The DLT definition; null where the text states none.", None),
        "notes": told(
            "Everything about the text that has no other place; nothing reads it.",
            ["The amounts of the dose levels are not stated."],
        ),
    },
    "Source": {
        "registry": told("The registry entry or document.", "NCT06886919"),
        "updated": told(
            "When the text was last changed: an ISO 8601 date, in quotes.", "2025-03-24"
        ),
        "section": told("The part of it that states the rules.", "Detailed Description"),
    },
    "Grading": {
        "dictionary": told(
            "The dictionary of terms and of the grades that they have.", "ctcae-5.0", "ctcae-6.0"
        ),
        "scales": told(
            "The scale of terms that the dictionary does not grade here, by term.",
            {"Cytokine release syndrome": "astct-2019"},
        ),
        "own_terms": told(
            "Terms that the dictionary does not have.",
            [{"term": "ICANS", "grades": [1, 2, 3, 4, 5]}],
        ),
        "laboratory": told(
            "What the laboratory results of a patient do.", {"unreported": "event"}
        ),
        "computed": told(
            "Whether grades that components make stand beside the reported ones, or are judged "
            "instead of them.",
            "instead",
        ),
    },
    "OwnTerm": {
        "term": told("The name, which the dictionary does not have.", "ICANS"),
        "grades": told("The grades that the term has, from 0 to 5.", [1, 2, 3, 4, 5]),
        "laboratory": told("Whether it is a laboratory finding.", True),
        "measured": told(
            "How laboratory results grade it, which makes it a laboratory finding; of several "
            "ways the highest grade counts.",
            [{"grade": 1, "all": [{"analytes": ["alt", "ast"], "above": "3 x ULN"}]}],
        ),
    },
    "MeasuredGrade": {
        "grade": told("The grade, from 1 to 4; the term has it.", 1),
        "all": told(
            "The bounds that give it while all hold at one time.",
            [{"analytes": ["bilirubin"], "above": "2 x ULN"}],
        ),
    },
    "ResultBound": {
        "analytes": told(
            "What is measured, by an id, a CDISC test code or a LOINC code; of several any.",
            ["alt", "ast"],
        ),
        "above": told("The results are above this.", "3 x ULN", "200 mg/dL"),
        "at_least": told("The results are at least this.", "2 x baseline", "baseline + 60 ms"),
        "below": told("The results are below this.", "0.5 10*9/L", "baseline - 25 %"),
        "at_most": told("The results are at most this.", "0.5 x LLN"),
    },
    "LaboratoryGrading": {
        "unreported": told(
            "What results are that no adverse event reports: a finding from grade 3 on, or an "
            "event that is judged.",
            "event",
        ),
        "baseline": told(
            "What a result without a baseline has: none but those reported, or the last result "
            "before the first infusion.",
            "last_before_infusion",
        ),
        "policy": told(
            "What is taken for granted of a single result, where it differs from the default.",
            {"symptoms": "absent"},
        ),
    },
    "Reading": {
        "id": told(
            "The name of the reading, by which `{reading, options}` refers to it.", "R-WIN"
        ),
        "question": told("What the prose leaves open, as a question.", "What is severe?"),
        "options": told(
            "The possible answers by name, each in a sentence.",
            {"grade-3": "Grade 3 or more.", "grade-4": "Grade 4 or more."},
        ),
        "default": told("The option that holds, unless a ruling says otherwise.", "grade-4"),
        "ruled_by": told("Who decided; null where nobody has yet.", "Steering committee"),
        "ruled_on": told("When: an ISO 8601 date, in quotes.", "2026-01-20"),
    },
    "Phase": {
        "id": told("The name of the phase.", "escalation"),
        "planned_subjects": told("How many patients are planned for it.", 12),
        "cap_per_dose_level": told("The most patients of a dose level in this phase.", 9),
    },
    "Ladder": {
        "unit": told("What the amounts count.", "CAR-T cells"),
        "levels": told(
            "The dose levels in rising order.",
            [{"id": "1", "cells": 25_000_000, "role": "start"}],
        ),
        "planned_levels": told(
            "How many levels the escalation has, where their amounts are not stated.", 3
        ),
        "de_escalation_levels": told("How many levels lie below the start.", 1),
        "tolerance_percent": told(
            "By how many percent a dose may deviate from its level's amount.", 30
        ),
        "may_insert_levels": told("Whether levels may be inserted while the trial runs.", True),
    },
    "DoseLevel": {
        "id": told("The name of the level, in quotes where it is a number.", "1"),
        "cells": told("The amount, in the ladder's unit.", 100_000_000),
        "alternatives": told("Other amounts that the text allows for it.", [150_000_000]),
        "role": told(
            "Whether the escalation starts here, goes through here, or falls back to it.", "start"
        ),
    },
    "Design": {
        "kind": told(
            "The design: 3+3, one that only names a target rate, or none that is stated.", "3+3"
        ),
        "at": _AT,
        "cohort_size": told("How many patients a cohort has.", 3),
        "expanded_cohort": told("How many it has when it was expanded.", 6),
        "target_percent": told("The target rate of DLTs, in percent.", 30),
        "says": told(
            "What the text says of it, in words of your own.",
            ["One DLT among three - three more."],
        ),
    },
    "Stagger": {
        "at": _AT,
        "says": told(
            "The rule in words of your own.", "14 days lie between the first two infusions."
        ),
        "kind": told(
            "Who waits: the second patient of a level, each for the one before, all others for "
            "the first (`sentinel`), or each cohort for the last patient of the one before.",
            "sentinel",
        ),
        "gated_act": told("Which act waits.", "infuse"),
        "anchor": told("What the wait is counted from.", "infusion_completion"),
        "at_least": told(
            "How long the wait is: an ISO 8601 duration in days, weeks or hours.", "P14D", "PT72H"
        ),
        "phases": told("The ids of the phases in which the rule holds.", ["escalation"]),
        "needs_clearance": told(
            "Whether somebody has to clear the patient who is waited for, too.", True
        ),
    },
}

ENROLMENT: Final[Described] = {
    "Enrolment": {
        "cohorts": told(
            "The cohorts of a 3+3, and the phases that have them.",
            {"variant": "six-at-mtd", "phases": ["escalation"]},
        ),
        "window": told(
            "The DLT window that a cohort waits for, where it is not that of `dlt`.",
            {"first_day": 0, "through": "P28D"},
        ),
        "expansion": told("What holds in the phases without cohorts.", {"opens": "any_dose"}),
        "stagger": told(
            "What the gate has to know of every stagger rule.", {"opens": "after_last_day"}
        ),
        "study_cap": told("The most patients of all phases.", 40),
        "committee_admits": told(
            "That the text leaves each patient to a committee: needed where there are neither "
            "cohorts nor a stagger rule, since nothing but caps and holds shuts the gate then.",
            True,
        ),
    },
    "Cohorts": {
        "variant": told("Which 3+3 it is.", "six-at-mtd"),
        "phases": told("The ids of the phases that have cohorts.", ["escalation"]),
        "at": told("Where the cohorts are stated, if not where the design is.", "4.1"),
        "says": told(
            "The rule in words of your own, if not those of the design.", "Three, then three more."
        ),
    },
    "Expansion": {
        "opens": told(
            "At which doses: those whose own cohort is decided and let them; these and those of "
            "whose cohort nothing is told; or any that is not known to exceed the maximum "
            "tolerated dose.",
            "any_dose",
        ),
        "dlts": told(
            "What a DLT there does: it shuts its level and those above until a person has "
            "recorded that others may follow, or it does not count.",
            "not_counted",
        ),
    },
    "ObservedWindow": {
        "anchor": told("Whether the first infusion opens a window, or each.", "first_infusion"),
        "first_day": told("The number of the infusion day: 0 or 1.", 0),
        "through": told(
            "The number of the last day as an ISO 8601 duration; null: until a completion is "
            "recorded.",
            "P28D",
        ),
        "early_completion": told("Whether a recorded completion ends it before.", False),
    },
    "StaggerSettings": {
        "dlt_closes": told("Whether a DLT within the gap closes it.", True),
        "across_doses": told("Whether patients of other dose levels are waited for, too.", False),
        "opens": told(
            "Whether a wait of 14 days is over on day 14 or after it.", "after_last_day"
        ),
        "clearance": told(
            "Whether a clearance counts that was recorded before the wait is over.", "after_wait"
        ),
        "phases": told("The phases in which the rules hold, where not in their own.", ["a"]),
    },
}
"""The part `enrolment`, which app/domain/enrolment.py reads."""

POLICY: Final[Described] = {
    "Policy": {
        "version": told("The version of this policy; there is only 1.", "1"),
        "symptoms": told(
            "Whether symptoms that a criterion asks for beside its number are taken to be there "
            "(`worst`), absent, or unknown (`bounds`).",
            "absent",
        ),
        "anticoagulation": told("The same of taking anticoagulants.", "absent"),
        "abnormal_baseline": told(
            "What an abnormal baseline is for a term of an increase: one above the upper limit, "
            "or one outside the limits.",
            "above_uln",
        ),
        "missing_baseline": told(
            "The grade where the baseline is not known: as of a normal one, or none.", "none"
        ),
        "open_grade": told(
            "The grade where a missing input leaves several: none, the lowest or the highest.",
            "highest",
        ),
    },
}
"""The part `grading.laboratory.policy`, which the laboratory grading reads."""
