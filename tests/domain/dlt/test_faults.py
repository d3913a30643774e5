"""A document that cannot be used is refused, with every fault at its place."""

from typing import Any

import pytest

from app.domain.adjudication.protocol import read_document
from app.domain.dlt.readings import choose, decide
from app.domain.errors import BadProtocol
from tests.domain.dlt.toy import GRADE_4, clause, document, toy


def faults(**parts: Any) -> list[tuple[str, str]]:
    """(pointer, code) of what is wrong with a document."""
    with pytest.raises(BadProtocol) as refused:
        toy(**parts)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


def message(**parts: Any) -> str:
    with pytest.raises(BadProtocol) as refused:
        toy(**parts)
    return str(refused.value)


LASTS_LONGER = {"lasts": {"grade": 3, "longer_than": "P7D"}}
LASTS_NO_LONGER = {"lasts": {"grade": 3, "no_longer_than": "P7D"}}
RECOVERS = {"recovers": {"to": 2, "within": "P7D"}}
VENTILATED = {"intervention": {"kind": "ventilator", "at_least": "PT24H"}}
PEAK_AT_MOST_3 = {"peak": {"at_most": 3}}
PEAK_AT_LEAST_5 = {"peak": {"at_least": 5}}


class TestMonotone:
    """What has become a DLT may not be un-made by the mere passing of time."""

    @pytest.mark.no_cover
    @pytest.mark.parametrize(
        "condition",
        [
            LASTS_NO_LONGER,
            RECOVERS,
            {"not": LASTS_LONGER},
            PEAK_AT_MOST_3,
            {"not": PEAK_AT_LEAST_5},
        ],
    )
    def test_a_criterion_may_not_ask_for(self, condition: dict[str, Any]) -> None:
        criteria = [clause("grade-3", grade=3, when=condition)]
        assert faults(criteria=criteria) == [("/dlt/criteria/0", "not_monotone")]

    @pytest.mark.parametrize(
        "condition",
        [LASTS_LONGER, {"not": LASTS_NO_LONGER}, PEAK_AT_LEAST_5, {"not": PEAK_AT_MOST_3}],
    )
    def test_an_exception_may_not_be_scoped_by(self, condition: dict[str, Any]) -> None:
        exceptions = [clause("mild", when=condition)]
        assert faults(exceptions=exceptions) == [("/dlt/exceptions/0", "not_monotone")]

    def test_nor_limited_by(self) -> None:
        exceptions = [clause("long", when={"always": True}, limit=LASTS_LONGER)]
        assert faults(exceptions=exceptions) == [("/dlt/exceptions/0", "not_monotone")]

    def test_the_reason_is_said(self) -> None:
        told = message(criteria=[clause("grade-3", grade=3, when=RECOVERS)])
        assert (
            "the mere passing of time would un-make a DLT here: in a criterion, write not" in told
        )
        told = message(criteria=[clause("grade-3", grade=3, when=LASTS_NO_LONGER)])
        assert "un-make a DLT here: a criterion may ask that a grade lasts longer" in told
        told = message(criteria=[clause("grade-3", grade=3, when=PEAK_AT_MOST_3)])
        assert "a later rise would un-make a DLT here: peak at_most" in told
        told = message(exceptions=[clause("mild", when=PEAK_AT_LEAST_5)])
        assert "a later rise would un-make a DLT here: peak at_least" in told
        told = message(exceptions=[clause("mild", when={"shift": {"at_least": 2}})])
        assert "a later rise would un-make a DLT here: shift may only" in told
        told = message(exceptions=[clause("mild", when={"concurrent": {"term": "Fever"}})])
        assert "an event that comes later would un-make a DLT here: concurrent" in told

    @pytest.mark.parametrize("limits", [{}, {"longer_than": "P7D", "no_longer_than": "P7D"}])
    def test_lasts_needs_one_limit(self, limits: dict[str, str]) -> None:
        criteria = [clause("lasting", grade=3, when={"lasts": {"grade": 3, **limits}})]
        assert faults(criteria=criteria) == [("/dlt/criteria/0", "bad_clock")]
        assert "exactly one of longer_than, at_least, no_longer_than and" in message(
            criteria=criteria
        )


class TestNames:
    """What a clause names has to be there."""

    @pytest.mark.parametrize(
        ("parts", "expected"),
        [
            ({"criteria": [GRADE_4, GRADE_4]}, [("/dlt", "duplicate_id")]),
            (
                {"exceptions": [clause("e", when={"always": True}, replaces=["none"])]},
                [("/dlt/exceptions/0/replaces", "unknown_criterion")],
            ),
            (
                {"exceptions": [clause("e", when={"always": True}, exempts_from=["none"])]},
                [("/dlt/exceptions/0/exempts_from", "unknown_criterion")],
            ),
            (
                {"criteria": [clause("c", grade=3, when={"group": "none"})]},
                [("/dlt/criteria/0/when/group", "unknown_group")],
            ),
            (
                {"criteria": [clause("c", grade=3, when={"all": [{"intervention": "none"}]})]},
                [("/dlt/criteria/0/when/all/0/intervention", "unknown_intervention")],
            ),
            (
                {"criteria": [clause("c", grade=3, when={"not": {"term": "Neutropaenya"}})]},
                [("/dlt/criteria/0/when/not/term", "unknown_term")],
            ),
            (
                {"groups": {"g/h": ["Anemia", "Nothing of the kind"]}},
                [("/groups/g~1h/1", "unknown_term")],
            ),
            (
                {"criteria": [clause("c", grade=3, when=VENTILATED)]},
                [("/dlt/criteria/0/when/intervention/kind", "unknown_intervention")],
            ),
            (
                {"interventions": {"oxygen": ["mask"], "w/o": ["cpap", "MASK"]}},
                [("/interventions/w~1o/1", "word_of_two_kinds")],
            ),
            (
                {"interventions": {"high flow": [], "High_flow": ["high flow"]}},
                [("/interventions/high flow", "word_of_two_kinds")],
            ),
            (
                {"syndromes": [{"term": "ICANS", "symptoms": ["Tremor", "Tremour"]}]},
                [
                    ("/dlt/syndromes/0/term", "unknown_term"),
                    ("/dlt/syndromes/0/symptoms/1", "unknown_term"),
                ],
            ),
            ({"observed_in": ["expansion"]}, [("/dlt/observed_in", "unknown_phase")]),
            (
                {"counts": {"related": {"agent": "X", "any_of": ["possible"]}}},
                [("/dlt", "unknown_agent")],
            ),
            (
                {"counts": {"unless": {"group": "none"}}},
                [("/dlt/counts/unless/group", "unknown_group")],
            ),
        ],
    )
    def test_and_is_refused_at_its_place(
        self, parts: dict[str, Any], expected: list[tuple[str, str]]
    ) -> None:
        assert faults(**parts) == expected

    def test_every_fault_is_told_at_once(self) -> None:
        found = faults(
            observed_in=["expansion"],
            criteria=[GRADE_4, clause("c", grade=3, when={"group": "none"})],
            groups={"g": ["Nothing of the kind"]},
        )
        assert sorted(code for _, code in found) == [
            "unknown_group",
            "unknown_phase",
            "unknown_term",
        ]

    def test_a_fault_names_the_thing_and_the_way_out(self) -> None:
        told = message(criteria=[clause("c", grade=3, when={"term": "Neutrophil count decreasd"})])
        assert "did you mean 'Neutrophil count decreased'?" in told
        told = message(
            criteria=[clause("c", grade=3, when={"group": "none"})], groups={"g": ["Chills"]}
        )
        assert "there is no group 'none'; there are g" in told

    def test_own_terms_may_not_take_the_name_of_another(self) -> None:
        taken = {"dictionary": "ctcae-5.0", "own_terms": [{"term": "Chills", "grades": [1, 2]}]}
        assert faults(grading=taken) == [("/grading/own_terms/0/term", "own_terms")]
        twice = [{"term": "ICANS", "grades": [1, 2]}, {"term": "icans", "grades": [1, 2]}]
        taken = {"dictionary": "ctcae-5.0", "own_terms": twice}
        assert faults(grading=taken) == [("/grading/own_terms", "own_terms")]

    def test_a_dictionary_that_is_not_there(self) -> None:
        assert faults(grading={"dictionary": "ctcae-9"})[0][0] == "/grading/dictionary"


class TestShape:
    """What is not of the document's form is refused too."""

    @pytest.mark.parametrize(
        ("parts", "pointer"),
        [
            ({"criteria": []}, "/dlt/criteria"),
            ({"criteria": [{"id": "x"}]}, "/dlt/criteria/0/at"),
            ({"criteria": [{**GRADE_4, "grade": 7}]}, "/dlt/criteria/0/grade"),
            ({"criteria": [{**GRADE_4, "grade": 0}]}, "/dlt/criteria/0/grade"),
            ({"criteria": [{**GRADE_4, "longer_than": "28"}]}, "/dlt/criteria/0/longer_than"),
            ({"criteria": [{**GRADE_4, "misspelt": 1}]}, "/dlt/criteria/0/misspelt"),
            ({"criteria": [{**GRADE_4, "when": {"colour": "red"}}]}, "/dlt/criteria/0/when"),
            ({"criteria": [{**GRADE_4, "when": 3}]}, "/dlt/criteria/0/when"),
            ({"groups": {"g": "Chills"}}, "/groups/g"),
        ],
    )
    def test_at_its_place(self, parts: dict[str, Any], pointer: str) -> None:
        assert faults(**parts)[0][0].startswith(pointer)

    def test_an_unknown_condition_lists_the_known_ones(self) -> None:
        told = message(criteria=[{**GRADE_4, "when": {"colour": "red"}}])
        assert "a condition is an object with one of the keys group, term, related" in told

    def test_a_document_without_an_id_is_named_so(self) -> None:
        with pytest.raises(BadProtocol, match=r"Protocol document \(without id\) cannot be used"):
            read_document({})

    def test_a_document_may_state_no_definition(self) -> None:
        assert toy(**{**document(), "dlt": None}).rules is None


CHOICE = {
    "id": "R-LONG",
    "question": "How long?",
    "options": {"week": "A week.", "month": "Four weeks."},
    "default": "week",
}


def choosing(**options: Any) -> dict[str, Any]:
    """A criterion whose limit a reading decides."""
    limit = {"reading": "R-LONG", "options": options}
    return {"readings": [CHOICE], "criteria": [clause("long", grade=3, longer_than=limit)]}


class TestReadings:
    """A reading names options that the document states, all of them."""

    def test_the_default_decides(self) -> None:
        protocol = toy(**choosing(week="P7D", month="P28D"))
        assert protocol.rules is not None
        limit = protocol.rules.decided.rules.criteria[0].longer_than
        assert limit is not None
        assert limit.text == "P7D"

    def test_another_option_can_be_chosen_and_none_changes_nothing(self) -> None:
        protocol = toy(**choosing(week="P7D", month="P28D"))
        chosen = protocol.with_readings({"R-LONG": "month"}).rules
        assert chosen is not None
        assert chosen.decided.options == {"R-LONG": "month"}
        assert protocol.with_readings({}) is protocol

    @pytest.mark.parametrize(
        "parts",
        [
            choosing(week="P7D"),
            choosing(week="P7D", month="P28D", year="P365D"),
            {**choosing(week="P7D", month="P28D"), "readings": []},
            {
                "readings": [CHOICE],
                "criteria": [
                    clause("long", grade=3, longer_than={"reading": "R-LONG", "options": "P7D"})
                ],
            },
        ],
        ids=["option-missing", "option-too-many", "no-such-reading", "no-options"],
    )
    def test_a_choice_has_exactly_the_options_of_its_reading(self, parts: dict[str, Any]) -> None:
        assert ("/dlt/criteria/0/longer_than", "unknown_reading") in faults(**parts)

    def test_so_has_one_in_a_part_beside_the_definition(self) -> None:
        written = read_document(document(readings=[]))
        chosen = {"reading": "R-LONG", "options": {"week": 1, "month": 4}}
        with pytest.raises(BadProtocol) as refused:
            choose(written, {"study_cap": chosen}, "/enrolment", {})
        ((where, code),) = ((fault.pointer, fault.code) for fault in refused.value.faults)
        assert (where, code) == ("/enrolment/study_cap", "unknown_reading")

    def test_the_default_is_one_of_the_options(self) -> None:
        wrong = {**choosing(week="P7D", month="P28D"), "readings": [{**CHOICE, "default": "year"}]}
        assert ("/readings/R-LONG", "unknown_option") in faults(**wrong)

    def test_what_an_option_holds_has_to_be_valid(self) -> None:
        assert faults(**choosing(week="28", month="P28D"))[0][0] == "/dlt/criteria/0/longer_than"

    def test_a_document_without_a_definition_has_nothing_to_decide(self) -> None:
        silent = toy(**{**document(), "dlt": None})
        assert silent.with_readings({"R-LONG": "month"}) is silent

    def test_where_a_reading_is_used_is_known(self) -> None:
        members = {"reading": "R-LONG", "options": {"week": ["Chills"], "month": []}}
        window = {
            "anchor": "each_infusion",
            "agent": "IC19",
            "first_day": 0,
            "through": {"reading": "R-LONG", "options": {"week": "P7D", "month": "P28D"}},
        }
        protocol = toy(
            **{**choosing(week="P7D", month="P28D"), "groups": {"g": members}}, window=window
        )
        assert protocol.rules is not None
        assert protocol.rules.decided.touched == {
            "long": ("R-LONG",),
            "group:g": ("R-LONG",),
            "window": ("R-LONG",),
            "window/through": ("R-LONG",),
        }

    @pytest.mark.parametrize(
        ("part", "touched"),
        [
            ("groups", {"group:g"}),
            ("dlt", {"observed_in", "long", "short"}),
            ("criteria", {"long"}),
            ("exceptions", {"short"}),
        ],
    )
    def test_a_reading_may_decide_a_whole_part(self, part: str, touched: set[str]) -> None:
        whole = document(
            readings=[CHOICE],
            groups={"g": ["Chills"]},
            criteria=[clause("long", grade=3)],
            exceptions=[clause("short", when={"group": "g"})],
        )
        place = whole if part in whole else whole["dlt"]
        place[part] = {
            "reading": "R-LONG",
            "options": dict.fromkeys(CHOICE["options"], place[part]),
        }
        decided = decide(read_document(whole))
        assert set(decided.touched) == touched

    def test_a_group_that_only_one_option_has_is_disputed(self) -> None:
        read = choosing(week="P7D", month="P28D")
        groups = {"reading": "R-LONG", "options": {"week": {"g": ["Chills"]}, "month": {}}}
        protocol = toy(**{**read, "groups": groups})
        assert protocol.rules is not None
        assert protocol.rules.decided.disputed_terms == {"group:g": frozenset({"Chills"})}

    def test_what_another_option_holds_of_a_group_has_to_be_valid(self) -> None:
        members = {"reading": "R-LONG", "options": {"week": ["Chills"], "month": "Chills"}}
        read = {**choosing(week="P7D", month="P28D"), "groups": {"g": members}}
        assert faults(**read)[0][0] == "/groups/g"


class TestSize:
    """A document is a request's too: what it costs to compile is bounded."""

    @staticmethod
    def facts(count: int) -> list[dict[str, Any]]:
        asked = [{"fact": f"fact-{number}"} for number in range(count)]
        return [clause("any-fact", grade=3, when={"any": asked})]

    def test_64_facts_are_the_most(self) -> None:
        assert toy(criteria=self.facts(64)).rules is not None
        assert faults(criteria=self.facts(65)) == [("/dlt", "too_large")]

    @staticmethod
    def readings(conditions: int) -> list[Any]:
        """20 criteria with so many conditions each, all of which are read for each of them."""
        when = {"all": [{"fact": "once"}] * conditions}
        return [clause(f"c{number}", grade=3, when=when) for number in range(20)]

    def test_so_are_200000_readings(self) -> None:
        with pytest.raises(BadProtocol) as refused:
            toy(criteria=self.readings(499))  # with `all`, 500 of each
        (fault,) = refused.value.faults
        assert (fault.pointer, fault.code) == ("/dlt", "too_large")
        assert "for 1 kinds of terms are 200020 readings; 200000 are the most" in fault.message
        assert "Use fewer clauses, or larger groups" in fault.message

    @pytest.mark.no_cover
    def test_less_than_that_are_not(self) -> None:
        assert toy(criteria=self.readings(498)).rules is not None

    def test_of_many_facts_none_is_taken_to_be_idle(self) -> None:
        weighed = toy(criteria=self.facts(3)).rules
        many = toy(criteria=self.facts(20)).rules
        assert weighed is not None
        assert many is not None
        assert (bool(weighed.program.settles), bool(many.program.settles)) == (True, False)
