"""Changes name what stood there and what stands there, and lead from one version to the next."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.domain.record.canonical import canonical
from app.domain.record.changes import ABSENT, DoesNotApply, applied, changes, same
from tests.domain.record.json_values import documents, json_values, scalars

#: Pairs of values that share much, as versions of one document do.
versions = st.one_of(
    st.tuples(json_values, json_values),
    st.tuples(documents, documents),
    st.tuples(documents, st.dictionaries(st.sampled_from(["a", "~/", "0"]), scalars)).map(
        lambda drawn: (drawn[0], {**drawn[0], **drawn[1]})
    ),
    st.lists(scalars, min_size=2, max_size=3).map(lambda drawn: (drawn, [drawn[1], *drawn[1:]])),
)


class TestChanges:
    def test_objects_are_compared_field_by_field(self) -> None:
        old = {"term": "Fever", "seriousness": {"death": None, "disability": False}}
        new = {"term": "Fever", "seriousness": {"death": True, "disability": False}}
        assert changes(old, new) == [{"path": "/seriousness/death", "old": None, "new": True}]

    def test_what_was_absent_has_no_old_and_what_went_has_no_new(self) -> None:
        assert changes({"a": 1}, {"b": None}) == [
            {"path": "/a", "old": 1},
            {"path": "/b", "new": None},
        ]

    def test_lists_of_one_length_are_compared_element_by_element(self) -> None:
        old, new = [{"grade": 3}, {"grade": 1}], [{"grade": 3}, {"grade": 2}]
        assert changes(old, new) == [{"path": "/1/grade", "old": 1, "new": 2}]

    def test_a_list_of_another_length_is_replaced_as_a_whole(self) -> None:
        assert changes({"a": [1, 2]}, {"a": [1]}) == [{"path": "/a", "old": [1, 2], "new": [1]}]

    def test_the_path_is_a_json_pointer(self) -> None:
        assert changes({"a/b": {"~c": 1}}, {"a/b": {"~c": 2}})[0]["path"] == "/a~1b/~0c"

    @pytest.mark.parametrize(
        ("old", "new"), [(1, True), (0, False), ([1], [True]), ({}, []), (None, ABSENT)]
    )
    def test_what_python_takes_for_the_same_is_told(self, old: Any, new: Any) -> None:
        assert len(changes(old, new)) == 1
        assert not same(old, new)

    def test_a_tuple_is_a_list(self) -> None:
        assert changes((1, (2,)), [1, [2]]) == []
        assert same((1, (2,)), [1, [2]])


class TestCreation:
    def test_a_document_is_told_field_by_field(self) -> None:
        assert changes(ABSENT, {"b": {"c": 1}, "a": None}) == [
            {"path": "/a", "new": None},
            {"path": "/b", "new": {"c": 1}},
        ]

    @pytest.mark.parametrize("new", [{}, [], [1], None, "text", False])
    def test_an_empty_document_or_none_that_has_fields_in_one_change(self, new: Any) -> None:
        assert changes(ABSENT, new) == [{"path": "", "new": new}]
        assert applied(ABSENT, changes(ABSENT, new)) == new

    def test_what_goes_as_a_whole_is_told_in_one_change(self) -> None:
        assert changes({"a": 1}, ABSENT) == [{"path": "", "old": {"a": 1}}]
        assert applied({"a": 1}, changes({"a": 1}, ABSENT)) is ABSENT

    def test_nothing_stays_nothing(self) -> None:
        assert changes(ABSENT, ABSENT) == []
        assert applied(ABSENT, []) is ABSENT


class TestApplied:
    @pytest.mark.parametrize(
        ("document", "change"),
        [
            ({"a": 1}, {"path": "/a", "old": 2, "new": 3}),
            ({"a": 1}, {"path": "/a", "old": True, "new": 3}),
            ({"a": 1}, {"path": "/a", "new": 3}),
            ({}, {"path": "/a", "old": None, "new": 3}),
            ({}, {"path": "/a/b", "new": 3}),
            ({"a": 1}, {"path": "/a/b", "new": 3}),
            ({"a": 1}, {"path": "", "new": 3}),
            (ABSENT, {"path": "", "old": 1, "new": 3}),
            ([1], {"path": "/1", "new": 3}),
            ([1], {"path": "/0", "old": 1}),
            ([1], {"path": "/00", "old": 1, "new": 3}),
            ([1], {"path": "/-1", "old": 1, "new": 3}),
            ([1], {"path": "/²", "old": 1, "new": 3}),
            ([1], {"path": "/x", "old": 1, "new": 3}),
        ],
    )
    def test_what_does_not_stand_there_is_refused(
        self, document: Any, change: dict[str, Any]
    ) -> None:
        with pytest.raises(DoesNotApply) as refused:
            applied(document, [change])
        assert refused.value.code == "does_not_apply"
        assert isinstance(refused.value, DomainError)
        assert repr(change["path"]) in str(refused.value)

    def test_an_element_of_a_list_is_changed_in_its_place(self) -> None:
        change = {"path": "/grades/1/grade", "old": 3, "new": 4}
        grades = [{"grade": 2}, {"grade": 3}, {"grade": 1}]
        changed = [{"grade": 2}, {"grade": 4}, {"grade": 1}]
        assert applied({"grades": grades}, [change]) == {"grades": changed}

    def test_changes_apply_one_after_the_other(self) -> None:
        made: list[dict[str, Any]] = [
            {"path": "/a", "new": {"b": 1}},
            {"path": "/a/b", "old": 1, "new": 2},
        ]
        assert applied({}, made) == {"a": {"b": 2}}
        assert made[0]["new"] == {"b": 1}


class TestLaws:
    @given(versions)
    def test_they_lead_from_the_old_to_the_new_and_change_neither(
        self, drawn: tuple[Any, Any]
    ) -> None:
        old, new = drawn
        before = deepcopy(drawn)
        made = changes(old, new)
        assert same(applied(old, made), new)
        assert canonical(applied(old, made)) == canonical(new)
        assert [canonical(one) for one in (old, new)] == [canonical(one) for one in before]

    @given(versions)
    def test_turned_round_they_lead_back(self, drawn: tuple[Any, Any]) -> None:
        old, new = drawn
        turned = {"old": "new", "new": "old"}
        back = [
            {turned.get(name, name): value for name, value in change.items()}
            for change in reversed(changes(old, new))
        ]
        assert same(applied(new, back), old)
        assert same(applied(new, changes(new, old)), old)

    @given(json_values)
    def test_they_create_it_from_nothing(self, new: Any) -> None:
        assert same(applied(ABSENT, changes(ABSENT, new)), new)

    @given(json_values)
    def test_nothing_changed_is_no_change(self, value: Any) -> None:
        assert changes(value, deepcopy(value)) == []
        assert applied(value, []) == value

    @given(versions)
    def test_the_same_is_what_has_one_canonical_text(self, drawn: tuple[Any, Any]) -> None:
        old, new = drawn
        assert same(old, new) == (canonical(old) == canonical(new))
