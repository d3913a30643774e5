"""The cut of knowledge: the same data say the same, whoever looks and when."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record.cut import (
    future_data,
    last_datum,
    recorded_times,
    stated_times,
    told_at,
)
from app.domain.record.kinds import CONTENT, Kind
from app.domain.time import ALWAYS, DAY, NEVER, PartialTime, Span, zone_of

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

    @pytest.mark.parametrize("stated", ["2026-03-10T09:01", "2026-03-10", "2026-03-11"])
    def test_or_to_a_later_time_that_it_states(self, stated: str) -> None:
        source = first("2026-03-10T09:00")
        content = event(grades=[{"from": stated, "grade": 3}])
        assert told_at(content, source, self.RECORDED, SHANGHAI) == last(stated)

    @pytest.mark.parametrize("stated", ["2026-03-20T12:00", "2026-03", "2026-03-21"])
    def test_never_beyond_its_arrival(self, stated: str) -> None:
        content = event(ongoing=True, ongoing_as_of=stated)
        source = first("2026-03-10T09:00")
        assert told_at(content, source, self.RECORDED, SHANGHAI) == self.RECORDED
        assert told_at(event(), self.RECORDED + 1, self.RECORDED, SHANGHAI) == self.RECORDED

    @given(st.none() | st.integers(0, 100 * DAY), st.integers(0, 100 * DAY))
    def test_it_lies_between_the_source_and_the_arrival(
        self, source: int | None, recorded: int
    ) -> None:
        content = event(grades=[{"from": "1970-02", "grade": 3}])
        told = told_at(content, source, recorded, SHANGHAI)
        assert min(recorded, NEVER if source is None else source) <= told <= recorded


class TestLastDatum:
    SPAN = Span(10, 20, 21, 0, 0)

    @pytest.mark.parametrize(
        ("cut", "latest"), [(9, ALWAYS), (10, 10), (19, 19), (20, 20), (21, 20), (NEVER, 20)]
    )
    def test_it_is_clipped_to_the_cut(self, cut: int, latest: int) -> None:
        assert last_datum([self.SPAN], cut) == latest

    def test_nothing_is_known_without_data(self) -> None:
        assert last_datum([], NEVER) == ALWAYS

    @given(st.lists(spans), st.lists(spans), cuts)
    def test_more_data_never_take_it_back(
        self, known: list[Span], more: list[Span], cut: int
    ) -> None:
        assert last_datum(known, cut) <= last_datum([*known, *more], cut) <= cut

    @given(st.lists(spans), cuts)
    def test_at_the_last_datum_as_much_is_known_as_at_the_cut(
        self, known: list[Span], cut: int
    ) -> None:
        latest = last_datum(known, cut)
        assert future_data(known, latest) == future_data(known, cut)
        assert last_datum(known, latest) == latest


class TestFutureData:
    @pytest.mark.parametrize(("cut", "due"), [(9, (10,)), (10, ()), (20, ())])
    def test_what_lies_wholly_after_the_cut(self, cut: int, due: tuple[int, ...]) -> None:
        assert future_data([Span(10, 20, 21, 0, 0)], cut) == due

    @given(st.lists(spans), cuts)
    def test_first_instants_sorted_and_each_once(self, known: list[Span], cut: int) -> None:
        due = future_data(known, cut)
        assert list(due) == sorted(set(due))
        assert set(due) == {span.first for span in known} - set(range(-20, cut + 1))

    @given(st.lists(spans), cuts)
    def test_each_comes_to_count_when_its_instant_has_come(
        self, known: list[Span], cut: int
    ) -> None:
        for due in future_data(known, cut):
            assert last_datum(known, due) == due
            assert due not in future_data(known, due)
