"""Each part of a document in sentences, where IC19 does not show it."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from app.data.protocols import load
from app.domain.dlt.protocol import Stagger
from app.domain.dlt.rule import Clocks, Window
from tests.domain.dlt.text.reading import below, built_in, told
from tests.domain.dlt.toy import GRADE_4, clause

WINDOW = {"anchor": "each_infusion", "agent": "IC19", "first_day": 0, "through": "P28D"}
REFERRAL = {"grade": 3, "at": "5.3", "says": "Grade 3 after day 28 is discussed."}


def window(**changes: Any) -> list[str]:
    return below(told(window={**WINDOW, **changes}), "## Where DLTs are looked for")


def clocks(**changes: Any) -> list[str]:
    return below(told(clocks=changes), "## Clocks")


def test_phases_and_the_window() -> None:
    both = told(observed_in=["a", "b"], phases=[{"id": "a"}, {"id": "b"}])
    assert "DLTs are looked for in the phases a, b; in any other" in both
    assert window(anchor="first_infusion")[1] == (
        "- The DLT window opens with the first infusion of IC19; a later one opens none."
    )
    assert window(first_day=1, through="P4W")[2] == (
        "- The day of the infusion is day 1, and the window ends with the end of day 28, a "
        "calendar day at the site."
    )
    assert window(through="PT672H")[2] == (
        "- The day of the infusion is day 0. The window ends 672 hours after the start of the "
        "infusion, that instant included."
    )
    assert window(onset_from_grade=1)[3] == (
        "- A run counts when the stretch at grade 1 or more that contains it begins inside a "
        "window; the criterion's grade may be reached later."
    )
    assert window()[5] == "- No window ends early."
    assert window(early_completion=True)[5] == (
        "- A recorded, reasoned completion of a patient's window ends it with that day."
    )


def test_each_setting_of_a_clock_has_a_sentence_of_its_own() -> None:
    default = clocks()
    assert len(default) == 6
    settings: list[dict[str, Any]] = [
        {"within_includes_limit": False},
        {"days_are": "elapsed"},
        {"recovery": "last"},
        {"after_last_report": "persists"},
        {"death_from_another_cause": "ends_event"},
        {"unknown_grades": "all"},
    ]
    for place, setting in enumerate(settings):
        differ = [n for n, pair in enumerate(zip(default, clocks(**setting), strict=True))
                  if pair[0] != pair[1]]  # fmt: skip
        assert differ == [place]


def test_a_definition_that_leaves_out_what_it_may() -> None:
    text = told()
    assert below(text, "## What counts") == [
        "- An event counts whatever its causality is.",
        "- Nothing else takes an event out.",
    ]
    assert below(text, "### grade-4")[-1] == (
        "- The rules have no exception that could take a run out."
    )
    assert below(text, "## Referral to the committee") == [
        "- No toxicity is referred for its time alone."
    ]
    left_out = {"Exceptions", "Symptoms of a syndrome", "Groups of terms", "Readings"}
    left_out |= {"Interventions", "Enrolment gate", "Notes"}
    assert left_out & {line.removeprefix("## ") for line in text.splitlines()} == set()


def test_every_rise_is_referred() -> None:
    text = told(refer_to_committee={**REFERRAL, "first_reached_only": False})
    assert below(text, "## Referral to the committee") == [
        "> **5.3**: Grade 3 after day 28 is discussed.",
        "- Every rise of an event to grade 3 or more after every DLT window sends it to the "
        "committee, whatever the verdict.",
    ]


def test_a_syndrome_without_symptoms() -> None:
    text = told(syndromes=[{"term": "Fever", "symptoms": []}])
    assert below(text, "## Symptoms of a syndrome") == [
        "- No symptom is judged under Fever.",
        "- Of these, none is judged by itself.",
    ]


def test_the_sentence_of_a_clause_is_quoted() -> None:
    text = told(criteria=[{**GRADE_4, "sentence": "Any event of grade 4."}])
    assert below(text, "### grade-4")[:3] == [
        "> **1**: Grade 4.",
        ">",
        "> “Any event of grade 4.”",
    ]


def test_an_exception_that_replaces_without_a_bound_of_the_peak() -> None:
    exception = clause("any", when={"any": [{"term": "A"}, {"laboratory": True}]},
                       limit={"lasts": {"grade": 4, "no_longer_than": "P3D"}},
                       replaces=["grade-4"])  # fmt: skip
    said = below(told(exceptions=[exception]), "### any")
    assert said[-1].endswith("even one that grade-4 alone would have let pass.")


AT_MOST_3, AT_MOST_4 = ({"peak": {"at_most": grade}} for grade in (3, 4))


@pytest.mark.parametrize(
    ("scope", "most"),
    [
        (AT_MOST_3, 3),
        ({"all": [{"term": "A"}, AT_MOST_4, AT_MOST_3]}, 3),
        ({"any": [AT_MOST_4, AT_MOST_3]}, 4),
        ({"all": [{"any": [AT_MOST_4, AT_MOST_3]}, {"term": "A"}]}, 4),
        # Of the term, at every grade.
        ({"any": [{"term": "A"}, AT_MOST_3]}, None),
    ],
)
def test_above_which_grade_a_run_is_no_longer_exempt(
    scope: dict[str, Any], most: int | None
) -> None:
    limit = {"lasts": {"grade": 3, "no_longer_than": "P3D"}}
    exception = clause("any", when=scope, limit=limit, replaces=["grade-4"])
    said = below(told(exceptions=[exception]), "### any")[-1]
    above = f"A run that rises above grade {most} is no longer exempt, but keeps this limit."
    assert said.endswith(above if most else "would have let pass.")


def test_a_group_of_nothing() -> None:
    assert below(told(groups={"none": []}), "## Groups of terms") == ["- **none:** No term."]


def test_a_trial_that_states_no_rules() -> None:
    text = built_in("NCT05765006")
    assert below(text, "## Dose-limiting toxicities") == [
        "The source states no definition of a DLT, so there is none here: every event is answered "
        "with NOT\\_APPLICABLE."
    ]
    assert "## Criteria" not in text.splitlines()
    assert "Dose level 3 (escalation): 100,000,000 or 150,000,000 CAR-positive T cells." in text


def test_the_rest_of_a_document() -> None:
    text = told(
        planned_subjects=1,
        follow_up="P104W",
        phases=[{"id": "escalation", "planned_subjects": 12},
                {"id": "b", "cap_per_dose_level": 9}],
        ladder={"planned_levels": 3, "de_escalation_levels": 1, "may_insert_levels": True},
        design={"kind": "target_rate", "target_percent": 30},
        stagger=[
            {"at": "4.2", "says": "Wait.", "kind": "sentinel", "gated_act": "enrol",
             "anchor": "infusion_completion", "at_least": "P14D", "phases": [],
             "needs_clearance": True},
        ],
        interventions={"oxygen": []},
        notes=["A note."],
    )  # fmt: skip
    assert below(text, "## Phases, doses and design") == [
        "- 1 patient is planned.",
        "- Patients are followed for 104 weeks.",
        "- IC19 is the investigational agent.",
        "- chemotherapy is background.",
        "- Phase escalation, 12 patients planned.",
        "- Phase b, 9 patients at most at a dose level.",
        "- 3 dose levels of CAR-T cells are planned.",
        "- 1 level below the start is planned.",
        "- Levels may be inserted between these.",
        "- The design is target rate.",
        "- The target is a DLT rate of 30 %.",
        "> **4.2**: Wait.",
        "- Before being enrolled, the others of a dose group wait for its first patient: at least "
        "14 days from the completion of the infusion and until the committee has cleared it (in "
        "no phase).",
    ]
    assert below(text, "## Interventions")[-1] == "- **oxygen:** no other word."
    assert below(text, "## Notes") == ["- A note."]


def test_grading() -> None:
    grading = {
        "dictionary": "ctcae-5.0",
        "computed": "instead",
        "laboratory": {"unreported": "event", "baseline": "as_reported",
                       "policy": {"symptoms": "absent"}},
        "own_terms": [{"term": "ICANS", "grades": [3], "laboratory": True}],
    }  # fmt: skip
    assert below(told(grading=grading), "## Grading") == [
        "- Terms and grades are those of ctcae-5.0.",
        "- Grades that are computed of components or results are judged instead of the reported "
        "ones.",
        "- A graded result that no adverse event reports is judged as an event.",
        "- A result has no baseline but one that is reported with it.",
        "- Of a result, symptoms is taken as absent.",
        "- A term of this protocol's own: ICANS, a laboratory finding, grade 3.",
    ]


def test_terms_that_results_grade() -> None:
    bounds = [
        {"analytes": ["alt", "ast"], "above": "3 x ULN"},
        {"analytes": ["bilirubin"], "at_least": "1 x ULN"},
        {"analytes": ["neutrophils"], "below": "0.5 10*9/L"},
        {"analytes": ["alp"], "at_most": "baseline - 25 %"},
        {"analytes": ["platelets"], "below": "0.5 x LLN"},
        {"analytes": ["qtc"], "above": "1.5 x baseline"},
    ]
    own = {
        "term": "Own", "grades": [1, 2],
        "measured": [{"grade": 1, "all": bounds[:1]}, {"grade": 2, "all": bounds}],
    }  # fmt: skip
    assert below(told(grading={"dictionary": "ctcae-4.03", "own_terms": [own]}), "## Grading")[
        -3:
    ] == [
        "- A term of this protocol's own: Own, a laboratory finding, grades 1, 2.",
        "- Own is grade 1 by a result of alt or ast above 3 times the upper limit of normal.",
        "- Own is grade 2 while results show at one time: alt or ast above 3 times the upper "
        "limit of normal; bilirubin at least the upper limit of normal; neutrophils below 0.5 "
        "10\\*9/L; alp at most baseline - 25 %; platelets below 0.5 times the lower limit of "
        "normal; qtc above 1.5 times the baseline.",
    ]


def test_the_enrolment_gate() -> None:
    gate = {"study_cap": 4, "window": {"through": None, "early_completion": True},
            "cohorts": {}, "stagger": {"phases": []}}  # fmt: skip
    assert below(told(enrolment=gate), "## Enrolment gate")[1:] == [
        "- **study\\_cap:** 4",
        "- **window, through:** not stated",
        "- **window, early\\_completion:** yes",
        "- **cohorts:** as by default",
        "- **stagger, phases:** none",
    ]
    nothing = below(told(enrolment={}), "## Enrolment gate")
    assert nothing[1:] == ["- **all:** as by default"]


@pytest.mark.parametrize("protocol_id", ["LCAR-AIO", "NCT06340750", "NCT07339332"])
def test_every_clause_of_a_built_in_document_is_told(protocol_id: str) -> None:
    written = load(protocol_id).document
    definition = written.get("dlt") or {}
    text = built_in(protocol_id)
    for each in (*definition.get("criteria", ()), *definition.get("exceptions", ())):
        assert f"### {each['id']}" in text.splitlines()


STAGGER = {
    "at": "4.2", "says": "Wait.", "kind": "sentinel", "gated_act": "enrol",
    "anchor": "infusion_start", "at_least": "P14D", "phases": ["escalation"],
}  # fmt: skip


def choices(of: type) -> list[tuple[str, Any]]:
    """Every word that a part of a document may be told in, by its key."""
    return [
        (name, word)
        for name, told_as in get_type_hints(of).items()
        if get_origin(told_as) is Literal
        for word in get_args(told_as)
    ]


@pytest.mark.parametrize(("key", "word"), choices(Stagger))
def test_every_word_of_a_stagger_rule_is_told(key: str, word: str) -> None:
    others = [each for name, each in choices(Stagger) if name == key and each != word]
    here = told(stagger=[{**STAGGER, key: word}])
    assert here not in [told(stagger=[{**STAGGER, key: each}]) for each in others]


@pytest.mark.parametrize(("key", "word"), choices(Clocks))
def test_every_word_of_the_clocks_is_told(key: str, word: str) -> None:
    assert len(clocks(**{key: word})) == 6


@pytest.mark.parametrize(("key", "word"), choices(Window))
def test_every_word_of_the_window_is_told(key: str, word: Any) -> None:
    assert len(window(**{key: word})) == 6


class TestExceptionsConfinedToCriteria:
    """Whom it exempts from stands with the exception, and with every criterion."""

    GRADE_3 = clause("grade-3", grade=3, longer_than="P7D")

    def test_the_exception_says_from_which(self) -> None:
        lung = clause("lung", when={"term": "A"}, exempts_from=["grade-4"])
        text = told(criteria=[GRADE_4, self.GRADE_3], exceptions=[lung])
        assert below(text, "### lung")[1:] == [
            "- It concerns a run where the term is “A”.",
            "- Nothing else has to hold: such a run is no DLT by grade-4.",
            "- Every other criterion decides as if this exception did not exist.",
            "- It has no limit that could be broken.",
        ]
        assert below(text, "### grade-3")[-1] == (
            "- No exception takes a run out of this criterion."
        )

    def test_a_limit_holds_for_these_alone(self) -> None:
        limit = {"lasts": {"grade": 4, "no_longer_than": "P3D"}}
        lung = clause("lung", when={"term": "A"}, limit=limit, exempts_from=["grade-4", "grade-3"])
        text = told(criteria=[GRADE_4, self.GRADE_3], exceptions=[lung])
        assert "- Such a run is no DLT by grade-4 or grade-3 as long as every stretch" in text

    def test_the_criterion_says_which_are_about_others(self) -> None:
        lung = clause("lung", when={"term": "A"}, exempts_from=["grade-4"])
        any_run = clause("any", when={"term": "B"})
        text = told(criteria=[GRADE_4, self.GRADE_3], exceptions=[lung, any_run])
        assert below(text, "### grade-3")[-1] == (
            "- An exception that concerns the run takes it out as long as the exception holds. "
            "These take a run out of other criteria only: lung."
        )
        assert below(text, "### grade-4")[-1] == (
            "- An exception that concerns the run takes it out as long as the exception holds."
        )
        own = clause("own", when={"term": "B"}, replaces=["grade-3"],
                     limit={"lasts": {"grade": 3, "no_longer_than": "P3D"}})  # fmt: skip
        text = told(criteria=[GRADE_4, self.GRADE_3], exceptions=[lung, own])
        assert below(text, "### grade-3")[-1].endswith(
            "as that exception holds. These take a run out of other criteria only: lung."
        )


def test_a_design_without_a_target_says_nothing_of_one() -> None:
    text = told(design={"kind": "3+3"})
    assert "- The design is 3+3." in text
    assert "The target is" not in text
