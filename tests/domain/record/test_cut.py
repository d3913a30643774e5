"""The cut of knowledge: the same data say the same, whoever looks and when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.cut import (
    announced,
    known_by,
    recorded_times,
    stated_times,
    told_at,
)
from app.domain.record.kinds import CONTENT, Kind
from app.domain.time import DAY, NEVER, PartialTime, Span, zone_of

SHANGHAI = zone_of("+08:00")

CONTENTS: dict[Kind, dict[str, Any]] = {
    "study": {"title": "IC19", "time_zone": "+08:00", "settings": {"since": "2026-01-01"}},
    "site": {"time_zone": "Asia/Shanghai", "laboratories": ["central"]},
    "subject": {
        "exposures": [{"agent": "IC19", "start": "2026-03-01T10:00+08:00", "end": "2026-03-01"}],
        "death": {"date": "2026-04", "cause": "2026-03-31"},
        "withdrawal": {"date": None},
        "follow_up_until": "2026-03-29",
        "window_completed": {"on": "2026-03-28", "reason": "switch of therapy"},
    },
    "exposure": {"agent": "IC19", "start": None, "end": "2026-03-01"},
    "adverse_event": {
        "term": "Pyrexia",
        "grades": [{"from": "2026-03-05", "grade": 3}, {"from": None, "grade": 1}],
        "ongoing_as_of": "2026-03-20",
        "causality": [{"agent": "IC19", "on": "2026-03-06"}],
        "interventions": ["oxygen", {"kind": "steroids", "start": "2026-03-07", "end": "2026"}],
        "significance": {"value": True, "on": "2026-03-08"},
        "assessments": [{"on": "2026-03-09T08", "grade": 2}],
        "reported_grades": [{"grade": 3, "on": "2026-03-10"}],
        "alternative_causes": [{"cause": "infection", "on": "2026-03-11"}],
        "facts": {"seen": "2026-03-12"},
    },
    "laboratory_result": {"measured_at": "2026-03-05T08:00Z", "baseline": {"value": "1.5"}},
    "laboratory_range": {
        "laboratory": "central",
        "analyte": "platelets",
        "valid_from": "2026-01-01",
        "valid_to": "2026-12-31",
        "lln": "125",
    },
    "assessment": {"scale": "ice", "on": "2026-03-05", "components": {"score": "8"}},
}

spans = st.builds(
    lambda first, length: Span(first, first + length, first + length + 1, 0, 0),
    st.integers(-10, 10),
    st.integers(0, 5),
)
cuts = st.integers(-12, 12)


def event(**recorded: Any) -> Any:
    return CONTENT["adverse_event"].validate_python({"term": "Pyrexia", **recorded})


def first(text: str) -> int:
    return PartialTime(text).span(SHANGHAI).first


def last(text: str) -> int:
    return PartialTime(text).span(SHANGHAI).last


class TestStatedTimes:
    @pytest.mark.parametrize("kind", list(CONTENTS))
    def test_a_pointer_leads_to_each_time_in_the_document(self, kind: Kind) -> None:
        content = CONTENT[kind].validate_python(CONTENTS[kind])
        document = CONTENT[kind].dump_python(content, mode="json", by_alias=True)
        for pointer, time in recorded_times(content):
            standing = document
            for step in pointer.split("/")[1:]:
                standing = standing[int(step) if isinstance(standing, list) else step]
            assert standing == time.text

    @pytest.mark.parametrize(
        ("kind", "texts"),
        [
            ("study", []),
            ("site", []),
            ("laboratory_range", []),
            (
                "subject",
                ["2026-03-01T10:00+08:00", "2026-03-01", "2026-04", "2026-03-29", "2026-03-28"],
            ),
            ("exposure", ["2026-03-01"]),
            (
                "adverse_event",
                [
                    *["2026-03-05", "2026-03-20", "2026-03-08", "2026-03-06", "2026-03-07"],
                    *["2026", "2026-03-09T08", "2026-03-10", "2026-03-11"],
                ],
            ),
            ("laboratory_result", ["2026-03-05T08:00Z"]),
            ("assessment", ["2026-03-05"]),
        ],
    )
    def test_every_time_is_found_and_no_text_that_looks_like_one(
        self, kind: Kind, texts: list[str]
    ) -> None:
        content = CONTENT[kind].validate_python(CONTENTS[kind])
        assert [time.text for _, time in recorded_times(content)] == texts
        assert list(stated_times(content, SHANGHAI)) == [
            PartialTime(text).span(SHANGHAI) for text in texts
        ]


class TestToldAt:
    """Up to which instant a version of an event speaks."""

    RECORDED = first("2026-03-20T12:00")

    def test_without_a_time_of_the_source_it_speaks_up_to_its_arrival(self) -> None:
        assert told_at(event(), None, self.RECORDED, SHANGHAI) == self.RECORDED

    def test_else_up_to_the_time_of_the_source(self) -> None:
        source = first("2026-03-10T09:00")
        content = event(grades=[{"from": "2026-03-05", "grade": 3}])
        assert told_at(content, source, self.RECORDED, SHANGHAI) == source
        assert told_at(event(), source, self.RECORDED, SHANGHAI) == source

    @pytest.mark.parametrize("stated", ["2026-03-10T09:01", "2026-03-11", "2026-03-10T10"])
    def test_or_to_the_beginning_of_a_later_time_that_it_states(self, stated: str) -> None:
        source = first("2026-03-10T09:00")
        content = event(grades=[{"from": stated, "grade": 3}])
        assert told_at(content, source, self.RECORDED, SHANGHAI) == first(stated)

    @pytest.mark.parametrize(
        ("stated", "is_seen"),
        [
            ({"grades": [{"from": "2026-03-11", "grade": 3}]}, True),
            ({"assessments": [{"on": "2026-03-11", "grade": 3}]}, True),
            ({"ongoing": True, "ongoing_as_of": "2026-03-11"}, True),
            ({"interventions": [{"kind": "oxygen", "end": "2026-03-11"}]}, False),
            ({"interventions": [{"kind": "oxygen", "start": "2026-03-11"}]}, False),
            ({"causality": [{"agent": "IC19", "on": "2026-03-11"}]}, False),
            ({"reported_grades": [{"grade": 3, "on": "2026-03-11"}]}, False),
        ],
    )
    def test_only_who_states_of_its_course_has_seen_the_event(
        self, stated: dict[str, Any], is_seen: bool
    ) -> None:
        """The end of an intervention, say, may be planned."""
        source = first("2026-03-10T09:00")
        told = first("2026-03-11") if is_seen else source
        assert told_at(event(**stated), source, self.RECORDED, SHANGHAI) == told

    @pytest.mark.parametrize("stated", ["2026-03", "2026-03-10"])
    def test_a_time_that_may_be_earlier_tells_nothing_of_later(self, stated: str) -> None:
        source = first("2026-03-10T09:00")
        content = event(grades=[{"from": stated, "grade": 3}])
        assert told_at(content, source, self.RECORDED, SHANGHAI) == source

    @pytest.mark.parametrize(
        ("stated", "told"),
        [("2026-03-20T12:00", RECORDED), ("2026-03-20T12:01", first("2026-03-10T09:00"))],
    )
    def test_never_beyond_its_arrival(self, stated: str, told: int) -> None:
        content = event(ongoing=True, ongoing_as_of=stated)
        source = first("2026-03-10T09:00")
        assert told_at(content, source, self.RECORDED, SHANGHAI) == told
        assert told_at(event(), self.RECORDED + 1, self.RECORDED, SHANGHAI) == self.RECORDED

    @given(st.none() | st.integers(0, 100 * DAY), st.integers(0, 100 * DAY))
    def test_it_lies_between_the_source_and_the_arrival(
        self, source: int | None, recorded: int
    ) -> None:
        content = event(grades=[{"from": "1970-02", "grade": 3}])
        told = told_at(content, source, recorded, SHANGHAI)
        assert min(recorded, NEVER if source is None else source) <= told <= recorded


class TestKnownBy:
    """By which instant all that a version states had happened."""

    RECORDED = first("2026-03-20T12:00")
    SOURCE = first("2026-03-10T09:00")

    def test_without_a_time_of_the_source_by_its_arrival(self) -> None:
        assert known_by(event(), None, self.RECORDED, SHANGHAI) == self.RECORDED

    @pytest.mark.parametrize("stated", ["2026-03-10T09:00", "2026-03-10", "2026-03"])
    def test_what_began_by_the_time_of_the_source_was_known_then(self, stated: str) -> None:
        content = event(grades=[{"from": stated, "grade": 3}])
        assert known_by(content, self.SOURCE, self.RECORDED, SHANGHAI) == self.SOURCE

    @pytest.mark.parametrize("stated", ["2026-03-10T09:01", "2026-03-11"])
    def test_what_contradicts_the_source_by_its_last_possible_instant(self, stated: str) -> None:
        content = event(grades=[{"from": stated, "grade": 3}])
        assert known_by(content, self.SOURCE, self.RECORDED, SHANGHAI) == last(stated)

    @pytest.mark.parametrize(
        ("stated", "known"), [("2026-03-20", RECORDED), ("2026-03-20T12:01", SOURCE)]
    )
    def test_never_after_its_arrival(self, stated: str, known: int) -> None:
        content = event(grades=[{"from": stated, "grade": 3}])
        assert known_by(content, self.SOURCE, self.RECORDED, SHANGHAI) == known

    @given(st.none() | st.integers(0, 100 * DAY), st.integers(0, 100 * DAY))
    def test_nothing_is_told_of_later_than_is_known(
        self, source: int | None, recorded: int
    ) -> None:
        content = event(
            grades=[{"from": "1970-02", "grade": 3}, {"from": "1970-02-09", "grade": 2}]
        )
        told = told_at(content, source, recorded, SHANGHAI)
        assert told <= known_by(content, source, recorded, SHANGHAI) <= recorded


class TestAnnounced:
    """Data that were recorded before their time had come."""

    SPAN = Span(10, 20, 21, 0, 0)

    @pytest.mark.parametrize(("recorded", "due"), [(9, (10, 20)), (10, ()), (20, ()), (25, ())])
    def test_what_was_recorded_ahead_of_its_time(
        self, recorded: int, due: tuple[int, ...]
    ) -> None:
        assert announced([(recorded, self.SPAN)], 0) == due

    @pytest.mark.parametrize(("cut", "due"), [(9, (10, 20)), (10, (20,)), (19, (20,)), (20, ())])
    def test_says_more_when_it_begins_and_when_it_has_happened(
        self, cut: int, due: tuple[int, ...]
    ) -> None:
        assert announced([(9, self.SPAN)], cut) == due

    @given(st.lists(st.tuples(cuts, spans)), cuts)
    def test_after_the_cut_sorted_and_each_once(
        self, stated: list[tuple[int, Span]], cut: int
    ) -> None:
        due = announced(stated, cut)
        assert list(due) == sorted(set(due))
        assert all(at > cut for at in due)
