"""What was changed between two documents, each at its place, and what may depend on it."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.diff.changes import ChangedValue, Difference, differences
from tests.domain.dlt.toy import clause, document

Data = dict[str, Any]
READING = {
    "id": "R",
    "question": "Which?",
    "options": {"a": "A.", "b": "B."},
    "default": "a",
}
OLD = document(
    source={"registry": "TOY", "section": "1"},
    planned_subjects=12,
    readings=[READING],
    groups={"g": ["Fever", "Chills"], "h": {"reading": "R", "options": {"a": [], "b": ["Fever"]}}},
    interventions={"oxygen": ["mask"]},
    grading={"dictionary": "ctcae-5.0", "own_terms": [{"term": "ICANS", "grades": [1, 2]}]},
    criteria=[
        clause("one", grade=3, longer_than="P7D"),
        clause("two", grade=4, when={"all": [{"group": "g"}, {"laboratory": True}]}),
    ],
    exceptions=[clause("mild", when={"group": "g"})],
    syndromes=[{"term": "ICANS", "symptoms": ["Fever"]}],
    clocks={"days_are": "calendar"},
)


def changed(change: Any) -> Data:
    new = deepcopy(OLD)
    change(new)
    return new


def of(change: Any) -> Difference:
    (found,) = differences(OLD, changed(change))
    return found


def told(found: Difference) -> tuple[Any, ...]:
    return found.kind, found.id, found.change, found.effect


def values(found: Difference) -> list[tuple[Any, ...]]:
    return [(each.old_pointer, each.new_pointer, each.old, each.new) for each in found.changes]


def test_the_same_document_has_no_difference() -> None:
    assert differences(OLD, deepcopy(OLD)) == ()


def test_a_limit_that_is_another() -> None:
    found = of(lambda new: new["dlt"]["criteria"][0].update(longer_than="P10D"))
    assert told(found) == ("criterion", "one", "changed", "verdicts")
    pointer = "/dlt/criteria/0/longer_than"
    assert values(found) == [(pointer, pointer, "P7D", "P10D")]


def test_a_clause_that_moved_is_the_same_and_only_its_order_is_told() -> None:
    found = of(lambda new: new["dlt"]["criteria"].reverse())
    assert told(found) == ("order", "criterion", "changed", "wording")
    assert values(found) == [("/dlt/criteria", "/dlt/criteria", ["one", "two"], ["two", "one"])]


def test_pointers_lead_into_their_own_document() -> None:
    def change(new: Data) -> None:
        new["dlt"]["criteria"].insert(0, clause("none", grade=5))
        new["dlt"]["criteria"][2]["grade"] = 3

    added, other = sorted(differences(OLD, changed(change)), key=lambda each: each.change)
    assert told(added) == ("criterion", "none", "added", "verdicts")
    assert values(added) == [(None, "/dlt/criteria/0", None, clause("none", grade=5))]
    assert told(other) == ("criterion", "two", "changed", "verdicts")
    assert values(other) == [("/dlt/criteria/1/grade", "/dlt/criteria/2/grade", 4, 3)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda new: new.update(title="Another"), ("about", "title", "changed", "wording")),
        (lambda new: new.update(notes=["New."]), ("about", "notes", "added", "wording")),
        (
            lambda new: new["source"].update(section="2"),
            ("about", "source", "changed", "wording"),
        ),
        (
            lambda new: new["dlt"]["criteria"][0].update(says="Otherwise."),
            ("criterion", "one", "changed", "wording"),
        ),
        (
            lambda new: new["dlt"]["exceptions"].clear(),
            ("exception", "mild", "removed", "verdicts"),
        ),
        (
            lambda new: new["dlt"]["window"].update(first_day=1),
            ("window", None, "changed", "verdicts"),
        ),
        (
            lambda new: new["dlt"]["counts"].update(unless={"laboratory": True}),
            ("counts", None, "changed", "verdicts"),
        ),
        (
            lambda new: new["dlt"]["clocks"].update(days_are="elapsed"),
            ("clocks", None, "changed", "verdicts"),
        ),
        (
            lambda new: new["dlt"].update(refer_to_committee=clause("x", grade=3)),
            ("referral", None, "added", "verdicts"),
        ),
        (
            lambda new: new["dlt"]["syndromes"][0].update(own_clause=["Fever"]),
            ("syndrome", "ICANS", "changed", "verdicts"),
        ),
        (lambda new: new.update(dlt=None), ("definition", None, "changed", "verdicts")),
        (
            lambda new: new.update(dlt={"reading": "R", "options": {"a": {}, "b": {}}}),
            ("definition", None, "changed", "verdicts"),
        ),
        (
            lambda new: new["readings"][0].update(default="b"),
            ("reading", "R", "changed", "verdicts"),
        ),
        (
            lambda new: new["readings"][0]["options"].update(c="C."),
            ("reading", "R", "changed", "verdicts"),
        ),
        (
            lambda new: new["readings"][0]["options"].update(a="Otherwise."),
            ("reading", "R", "changed", "wording"),
        ),
        (
            lambda new: new["readings"][0].update(ruled_by="Committee"),
            ("reading", "R", "changed", "wording"),
        ),
        (lambda new: new["agents"].pop("IC19"), ("agent", "IC19", "removed", "verdicts")),
        (
            lambda new: new["grading"].update(dictionary="ctcae-6.0"),
            ("grading", "dictionary", "changed", "verdicts"),
        ),
        (
            lambda new: new["grading"]["own_terms"][0].update(grades=[1, 2, 3]),
            ("own_term", "ICANS", "changed", "verdicts"),
        ),
        (
            lambda new: new["phases"][0].update(planned_subjects=3),
            ("phase", "escalation", "changed", "enrolment"),
        ),
        (lambda new: new.update(planned_subjects=13), ("enrolment", None, "changed", "enrolment")),
        (lambda new: new.update(ladder={}), ("ladder", None, "added", "enrolment")),
        (
            lambda new: new["groups"].update(h=["Fever"]),
            ("group", "h", "changed", "verdicts"),
        ),
        (
            lambda new: new.update(groups={"reading": "R", "options": {"a": {}, "b": {}}}),
            ("group", None, "changed", "verdicts"),
        ),
        (lambda new: new.pop("interventions"), ("intervention", "oxygen", "removed", "verdicts")),
        (
            # A criterion without an id cannot be known again: its list is told as one.
            lambda new: new["dlt"]["criteria"][0].pop("id"),
            ("criterion", None, "changed", "verdicts"),
        ),
        (
            lambda new: new["dlt"].update(criteria={"reading": "R", "options": {}}),
            ("criterion", None, "changed", "verdicts"),
        ),
    ],
)
def test_what_it_is_and_what_may_depend_on_it(change: Any, expected: tuple[Any, ...]) -> None:
    assert told(of(change)) == expected


def test_words_of_a_list_are_told_one_by_one() -> None:
    found = of(lambda new: new["groups"].update(g=["Chills", "Nausea"]))
    assert told(found) == ("group", "g", "changed", "verdicts")
    assert values(found) == [
        ("/groups/g/0", None, "Fever", None),
        (None, "/groups/g/1", None, "Nausea"),
    ]


def test_words_in_another_order_are_told_as_the_list() -> None:
    found = of(lambda new: new["groups"]["g"].reverse())
    assert values(found) == [("/groups/g", "/groups/g", ["Fever", "Chills"], ["Chills", "Fever"])]


def test_parts_of_a_condition_are_told_where_they_stand() -> None:
    found = of(lambda new: new["dlt"]["criteria"][1]["when"]["all"][1].update(laboratory=False))
    pointer = "/dlt/criteria/1/when/all/1/laboratory"
    assert values(found) == [(pointer, pointer, True, False)]


def test_a_condition_with_more_parts_is_told_as_the_list() -> None:
    found = of(lambda new: new["dlt"]["criteria"][1]["when"]["all"].append({"always": True}))
    (change,) = found.changes
    assert change.new_pointer == "/dlt/criteria/1/when/all"


def test_true_is_not_one() -> None:
    found = of(lambda new: new["dlt"]["criteria"][1]["when"]["all"][1].update(laboratory=1))
    assert found.changes[0].new == 1


def test_a_pointer_is_escaped() -> None:
    old, new = {**OLD, "groups": {}}, {**OLD, "groups": {"a/b~c": ["Fever"]}}
    (found,) = differences(old, new)
    assert found.changes[0].new_pointer == "/groups/a~1b~0c"


def test_a_document_without_a_part_is_one_with_none() -> None:
    bare = {name: OLD[name] for name in ("id", "version", "title", "agents", "grading", "phases")}
    found = differences(bare, OLD)
    assert {each.change for each in found} == {"added"}
    assert {each.kind for each in found} >= {"reading", "group", "definition", "intervention"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner),
    max_leaves=6,
)


@given(VALUES, VALUES)
def test_a_change_leads_to_both_values(one: Any, other: Any) -> None:
    """Something is told exactly where two values differ, at pointers that lead there."""
    old, new = {**OLD, "x": one}, {**OLD, "x": other}
    found = [each for difference in differences(old, new) for each in difference.changes]
    assert bool(found) is (repr(one) != repr(other) and _plain(one) != _plain(other))
    for each in found:
        assert _leads(each.old_pointer, old, each.old)
        assert _leads(each.new_pointer, new, each.new)
        assert each.old_pointer is not None or each.new_pointer is not None


def _plain(value: Any) -> Any:
    """The value with its names in order, and true told apart from 1."""
    if isinstance(value, dict):
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return (type(value).__name__, value)


def _leads(pointer: str | None, document: Data, value: Any) -> bool:
    if pointer is None:
        return value is None
    found: Any = document
    for part in pointer.split("/")[1:]:
        found = found[int(part)] if isinstance(found, list) else found[part]
    return bool(_plain(found) == _plain(value))


def test_a_change_is_a_value() -> None:
    change = ChangedValue(old_pointer=None, new_pointer="/a", new=1, effect="wording")
    assert change.old is None
