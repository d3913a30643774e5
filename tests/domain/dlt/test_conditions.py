"""Each condition of the rule language, and its negation, as it decides an event."""

from typing import Any

import pytest

from tests.builders import caused_by, event, fields, settles
from tests.domain.dlt.toy import GRADE_3_OVER_7_DAYS, GRADE_4, clause, first, patient, toy

CASE = (4, "2026-03-10"), (1, "2026-03-12")


def when(condition: Any, **told: Any) -> str:
    """The verdict of a grade 4 event by "grade 4, when …"."""
    protocol = toy(
        criteria=[clause("asked", grade=4, when=condition)],
        groups={"lungs": ["Pneumonitis", "Lung infection"]},
        interventions={"oxygen": ["nasal cannula", "face_mask"], "transfusion": []},
    )
    return first(protocol, event("Pneumonitis", *CASE, **told)).verdict


YES = "yes"
NO = "no"
UNKNOWN = "unknown"
VERDICTS = {YES: "DLT", NO: "NOT_DLT", UNKNOWN: "UNDETERMINED"}
NEGATED = {YES: "NOT_DLT", NO: "DLT", UNKNOWN: "UNDETERMINED"}
RELATED = {"agent": "IC19", "any_of": ["probable", "definite"]}

CONDITIONS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"group": "lungs"}, {}, YES),
    ({"term": "Pneumonitis"}, {}, YES),
    ({"term": "Chills"}, {}, NO),
    ({"always": True}, {}, YES),
    ({"always": False}, {}, NO),
    ({"related": RELATED}, {"causality": caused_by("definite")}, YES),
    ({"related": RELATED}, {"causality": caused_by("possible")}, NO),
    ({"related": RELATED}, {"causality": []}, UNKNOWN),
    ({"laboratory": True}, {}, NO),
    ({"laboratory": False}, {}, YES),
    ({"laboratory": True}, {"laboratory": True}, YES),
    ({"clinically_significant": True}, {"clinically_significant": True}, YES),
    ({"clinically_significant": False}, {"clinically_significant": True}, NO),
    ({"clinically_significant": False}, {}, UNKNOWN),
    ({"intervention": "oxygen"}, {"interventions": ["Nasal cannula"]}, YES),
    *(
        ({"intervention": "oxygen"}, {"interventions": [word]}, YES)
        for word in ("nasal_cannula", "Face mask", "FACE_MASK")
    ),
    ({"intervention": "oxygen"}, {"interventions": ["transfusion"]}, NO),
    ({"intervention": "oxygen"}, {"interventions": ["oxygen"]}, YES),
    ({"intervention": "oxygen"}, {"interventions": ["something"]}, UNKNOWN),
    ({"intervention": "oxygen"}, {}, UNKNOWN),
    ({"other_crs_symptoms": True}, {"other_crs_symptoms": ["fever"]}, YES),
    ({"other_crs_symptoms": True}, {"other_crs_symptoms": []}, NO),
    ({"other_crs_symptoms": False}, {}, UNKNOWN),
    ({"alternative_cause": ["infection"]}, {"alternative_causes": [{"cause": "Infection"}]}, YES),
    *(
        ({"alternative_cause": [of_rule]}, {"alternative_causes": [{"cause": of_record}]}, YES)
        for of_rule in ("disease progression", "Disease_Progression")
        for of_record in ("disease progression", "DISEASE_PROGRESSION")
    ),
    ({"alternative_cause": ["infection"]}, {"alternative_causes": []}, NO),
    ({"alternative_cause": ["infection"]}, {}, UNKNOWN),
    ({"fact": "optimal_care"}, {"facts": {"optimal_care": True}}, YES),
    ({"fact": "optimal_care"}, {"facts": {"optimal_care": False}}, NO),
    ({"fact": "optimal_care", "equals": False}, {"facts": {"optimal_care": False}}, YES),
    ({"fact": "optimal_care"}, {"facts": {"optimal_care": "perhaps"}}, UNKNOWN),
    ({"fact": "optimal_care"}, {}, UNKNOWN),
    ({"ruling": "Was it severe in the investigator's opinion?"}, {}, UNKNOWN),
]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("condition", "told", "truth"), CONDITIONS, ids=[f"{c} {t} {a}" for c, t, a in CONDITIONS]
)
def test_a_condition_is_true_false_or_unknown(
    condition: dict[str, Any], told: dict[str, Any], truth: str
) -> None:
    assert when(condition, **told) == VERDICTS[truth]
    assert when({"not": condition}, **told) == NEGATED[truth]
    assert when({"not": {"not": condition}}, **told) == VERDICTS[truth]


UNKNOWN_FACT = {"fact": "asked"}


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        ({"all": [{"always": True}, UNKNOWN_FACT]}, UNKNOWN),
        ({"all": [{"always": False}, UNKNOWN_FACT]}, NO),
        ({"any": [{"always": True}, UNKNOWN_FACT]}, YES),
        ({"any": [{"always": False}, UNKNOWN_FACT]}, UNKNOWN),
        ({"all": [UNKNOWN_FACT, {"fact": "another"}]}, UNKNOWN),
        ({"any": [UNKNOWN_FACT, {"not": UNKNOWN_FACT}]}, YES),
        ({"all": [UNKNOWN_FACT, {"not": UNKNOWN_FACT}]}, NO),
        ({"all": [{"any": [UNKNOWN_FACT, {"not": UNKNOWN_FACT}]}]}, YES),
    ],
)
def test_three_valued_logic_and_the_split_over_what_is_unknown(
    condition: dict[str, Any], truth: str
) -> None:
    assert when(condition) == VERDICTS[truth]
    assert when({"not": condition}) == NEGATED[truth]


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("condition", "field", "answers", "text"),
    [
        (
            {"fact": "optimal_care"},
            "fact",
            ("true", "false"),
            "The fact 'optimal_care' of AE-1 is not recorded.",
        ),
        (
            {"alternative_cause": ["infection", "lymphodepletion"]},
            "alternative_cause",
            ("named", "not_named"),
            "It is not recorded whether another cause of AE-1 was named "
            "(infection, lymphodepletion).",
        ),
        (
            {"ruling": "Was it severe?"},
            "committee_ruling",
            ("yes", "no"),
            "A person has to rule on AE-1: Was it severe?",
        ),
        (
            {"intervention": "oxygen"},
            "interventions",
            ("given", "not_given"),
            "It is not recorded whether oxygen was given for AE-1.",
        ),
        (
            {"other_crs_symptoms": True},
            "other_crs_symptoms",
            ("present", "absent"),
            "It is not recorded whether AE-1 came with other symptoms of CRS.",
        ),
    ],
)
def test_what_is_unknown_is_asked_for(
    condition: dict[str, Any], field: str, answers: tuple[str, str], text: str
) -> None:
    protocol = toy(
        criteria=[clause("asked", grade=4, when=condition)], interventions={"oxygen": []}
    )
    judged = first(protocol, event("Pneumonitis", *CASE))
    assert fields(judged) == [field]
    assert settles(judged, field) == {answers[0]: "DLT", answers[1]: "NOT_DLT"}
    assert judged.missing[0].text == text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "is not recorded; the rule asks for a number in d."),
        ({"delay": "15 h"}, "is recorded as '15 h', which is not a number in d."),
        ({"delay": True}, "is recorded as True, which is not a number in d."),
    ],
)
def test_a_number_is_asked_for_in_the_unit_of_the_rule(facts: dict[str, Any], text: str) -> None:
    asked = {"number": {"name": "delay", "above": 14, "unit": "d"}}
    judged = first(
        toy(criteria=[clause("late", grade=4, when=asked)]),
        event("Pneumonitis", *CASE, facts=facts),
    )
    assert settles(judged, "number") == {"within": "DLT", "outside": "NOT_DLT"}
    assert judged.missing[0].text == f"The number 'delay' of AE-1 {text}"


@pytest.mark.parametrize(
    ("condition", "told", "words"),
    [
        ({"fact": "care"}, {"facts": {"care": True}}, "care is recorded as true: yes"),
        (
            {"alternative_cause": ["infection"]},
            {"alternative_causes": [{"cause": "infection"}]},
            "another cause was named (infection): yes",
        ),
        ({"laboratory": False}, {}, "the event is a laboratory finding: no"),
    ],
)
def test_what_is_known_is_said(
    condition: dict[str, Any], told: dict[str, Any], words: str
) -> None:
    protocol = toy(criteria=[clause("asked", grade=4, when=condition)])
    tree = first(protocol, event("Pneumonitis", *CASE, **told)).explanation.tree
    assert words in [part.text for part in tree.parts[0].parts]


QUESTION = "Was it severe in the investigator's opinion?"


class TestRuledBy:
    """Text that needs a person is undetermined until a signed ruling answers it."""

    PROTOCOL = toy(criteria=[clause("severe", grade=3, when={"ruling": QUESTION})])

    @staticmethod
    def ruling(answer: str, on: str = "2026-04-01") -> list[dict[str, str]]:
        signed = {"on": on, "by": "SRC", "event": "AE-1", "question": "committee_ruling"}
        return [{**signed, "answer": answer}]

    def test_it_goes_to_the_committee(self) -> None:
        judged = first(self.PROTOCOL, event("Pneumonitis", *CASE))
        assert (judged.verdict, judged.refer_to_committee) == ("UNDETERMINED", True)

    @pytest.mark.parametrize(("answer", "verdict"), [("yes", "DLT"), ("no", "NOT_DLT")])
    def test_the_answer_settles_it(self, answer: str, verdict: str) -> None:
        judged = first(self.PROTOCOL, event("Pneumonitis", *CASE), rulings=self.ruling(answer))
        assert (judged.verdict, judged.refer_to_committee) == (verdict, False)

    def test_an_event_that_rose_since_needs_another(self) -> None:
        rising = event("Pneumonitis", (3, "2026-03-10"), (4, "2026-04-10"))
        asked_again = first(self.PROTOCOL, rising, rulings=self.ruling("no"))
        assert asked_again.verdict == "UNDETERMINED"
        confirmed = first(self.PROTOCOL, rising, rulings=self.ruling("no", on="2026-04-20"))
        assert confirmed.verdict == "NOT_DLT"

    def test_of_several_questions_it_says_which(self) -> None:
        other = "Was it expected?"
        two = {"any": [{"ruling": QUESTION}, {"ruling": other}]}
        protocol = toy(criteria=[clause("severe", grade=3, when=two)])
        case = event("Pneumonitis", *CASE)
        about = [{**self.ruling("yes")[0], "about": other}]
        assert first(protocol, case, rulings=about).verdict == "DLT"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [({}, "NOT_DLT"), ({"laboratory": False}, "NOT_DLT"), ({"laboratory": True}, "DLT")],
)
def test_a_term_of_the_protocol_is_a_laboratory_finding_if_it_says_so(
    said: dict[str, bool], verdict: str
) -> None:
    own = {"term": "Cytokine peak", "grades": [3], **said}
    protocol = toy(
        criteria=[clause("c", grade=3, when={"laboratory": True})],
        grading={"dictionary": "ctcae-5.0", "own_terms": [own]},
    )
    assert first(protocol, event("Cytokine peak", (3, "2026-03-10"))).verdict == verdict


class TestPeak:
    """The highest grade of the run, as far as time cannot un-make what it decides."""

    def test_at_least_adds_a_rise_to_a_criterion(self) -> None:
        reaching_4 = clause("reaches-4", grade=2, when={"peak": {"at_least": 4}})
        protocol = toy(criteria=[reaching_4])
        rising = event("Pneumonitis", (2, "2026-03-10"), (4, "2026-03-14"), (1, "2026-03-20"))
        judged = first(protocol, rising)
        assert (judged.verdict, judged.established_at) == ("DLT", "2026-03-14T00:00:00+08:00")
        assert first(protocol, event("Pneumonitis", (3, "2026-03-10"))).verdict == "NOT_DLT"

    def test_at_most_bounds_the_scope_of_an_exception(self) -> None:
        mild = clause("mild", when={"peak": {"at_most": 3}})
        protocol = toy(
            criteria=[clause("grade-3", grade=3)],
            exceptions=[mild],
        )
        assert first(protocol, event("Pneumonitis", (3, "2026-03-10"))).verdict == "NOT_DLT"
        rising = event("Pneumonitis", (3, "2026-03-10"), (4, "2026-03-14"))
        assert first(protocol, rising).established_at == "2026-03-14T00:00:00+08:00"

    def test_at_least_the_grade_itself_may_stand_in_the_scope_of_an_exception(self) -> None:
        every = clause("every", when={"peak": {"at_least": 3}})
        protocol = toy(criteria=[clause("grade-3", grade=3)], exceptions=[every])
        assert first(protocol, event("Pneumonitis", (3, "2026-03-10"))).verdict == "NOT_DLT"

    def test_at_most_5_and_at_least_the_grade_itself_say_nothing(self) -> None:
        anything = {"peak": {"at_least": 3, "at_most": 5}}
        protocol = toy(criteria=[clause("grade-3", grade=3, when=anything)])
        assert first(protocol, event("Pneumonitis", (3, "2026-03-10"))).verdict == "DLT"


class TestLasts:
    """Time at or above a grade: of the run, of any stretch within it, of the stretch around it."""

    RISING = event(
        "Pneumonitis",
        (2, "2026-03-03"),
        (3, "2026-03-10"),
        (4, "2026-03-12"),
        (3, "2026-03-15"),
        (1, "2026-03-18"),
    )

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("grade", "limit", "verdict"),
        [
            (4, "P2D", "DLT"),
            (4, "P3D", "NOT_DLT"),
            (3, "P7D", "DLT"),
            (3, "P8D", "NOT_DLT"),
            (2, "P14D", "DLT"),
            (2, "P15D", "NOT_DLT"),
        ],
        ids=["4-for-3-days", "4-not-over-3", "3-for-8", "3-not-over-8", "2-for-15", "2-not-over"],
    )
    def test_a_criterion_asks_for_longer(self, grade: int, limit: str, verdict: str) -> None:
        lasting = {"lasts": {"grade": grade, "longer_than": limit}}
        protocol = toy(criteria=[clause("lasting", grade=3, when=lasting)])
        assert first(protocol, self.RISING).verdict == verdict

    @pytest.mark.parametrize(
        ("grade", "limit", "verdict"),
        [(4, "P2D", "DLT"), (4, "P3D", "NOT_DLT"), (2, "P14D", "DLT"), (2, "P15D", "NOT_DLT")],
    )
    def test_an_exception_asks_for_no_longer(self, grade: int, limit: str, verdict: str) -> None:
        short = clause(
            "short",
            when={"term": "Pneumonitis"},
            limit={"lasts": {"grade": grade, "no_longer_than": limit}},
        )
        protocol = toy(criteria=[clause("grade-3", grade=3)], exceptions=[short])
        assert first(protocol, self.RISING).verdict == verdict

    def test_each_stretch_within_the_run_is_looked_at(self) -> None:
        twice = event(
            "Pneumonitis",
            (4, "2026-03-10"),
            (3, "2026-03-11"),
            (4, "2026-03-12"),
            (3, "2026-03-16"),
            (0, "2026-03-17"),
        )
        lasting = {"lasts": {"grade": 4, "longer_than": "P3D"}}
        protocol = toy(criteria=[clause("lasting", grade=3, when=lasting)])
        assert first(protocol, twice).established_at == "2026-03-16T00:00:00+08:00"

    def test_without_such_a_stretch_it_does_not_hold(self) -> None:
        lasting = {"lasts": {"grade": 4, "longer_than": "P3D"}}
        protocol = toy(criteria=[clause("lasting", grade=3, when=lasting)])
        judged = first(protocol, event("Pneumonitis", (3, "2026-03-10"), (0, "2026-03-20")))
        assert judged.verdict == "NOT_DLT"
        assert "no stretch at grade 4 or more; limit 3 days" in str(judged.explanation.tree)


class TestRecovers:
    """First grade at or below another within a limit."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        ("to", "baseline", "verdict"),
        [(2, 0, "NOT_DLT"), (1, 0, "DLT"), ("baseline", 2, "NOT_DLT"), ("baseline", 0, "DLT")],
    )
    def test_to_a_grade_or_to_the_baseline(
        self, to: int | str, baseline: int, verdict: str
    ) -> None:
        soon = clause(
            "soon", when={"always": True}, limit={"recovers": {"to": to, "within": "P7D"}}
        )
        protocol = toy(criteria=[clause("grade-3", grade=3)], exceptions=[soon])
        case = event("Pneumonitis", (3, "2026-03-10"), (2, "2026-03-14"), baseline_grade=baseline)
        assert first(protocol, case).verdict == ("UNDETERMINED" if verdict == "DLT" else verdict)
        going_on = event(
            "Pneumonitis",
            (3, "2026-03-10"),
            (2, "2026-03-14"),
            baseline_grade=baseline,
            ongoing=True,
        )
        assert first(protocol, going_on).verdict == verdict

    def test_its_clock_may_start_with_a_lower_grade(self) -> None:
        soon = {"recovers": {"to": 1, "within": "P7D", "clock_from_grade": 2}}
        protocol = toy(
            criteria=[clause("grade-3", grade=3)],
            exceptions=[clause("soon", when={"always": True}, limit=soon)],
        )
        changes = (2, "2026-03-08"), (3, "2026-03-10")
        in_time = event("Pneumonitis", *changes, (1, "2026-03-15"))
        late = event("Pneumonitis", *changes, (1, "2026-03-16"))
        assert first(protocol, in_time).verdict == "NOT_DLT"
        assert first(protocol, late).established_at == "2026-03-16T00:00:00+08:00"


def test_an_exception_of_another_criterion_leaves_this_one_alone() -> None:
    only_general = clause(
        "long",
        when={"always": True},
        limit={"lasts": {"grade": 3, "no_longer_than": "P14D"}},
        replaces=["grade-3-7d"],
    )
    protocol = toy(criteria=[GRADE_4, GRADE_3_OVER_7_DAYS], exceptions=[only_general])
    ten_days = event("Pneumonitis", (3, "2026-03-10"), (0, "2026-03-20"), id="AE-1")
    longer = event("Pneumonitis", (3, "2026-03-10"), (0, "2026-03-25"), id="AE-2")
    forgiven, counted = patient(protocol, ten_days, longer).events
    assert forgiven.verdict == "NOT_DLT"
    assert counted.criterion == "grade-3-7d"
