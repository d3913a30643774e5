"""The generated columns are those of ordinary case records, and are judged alike."""

from collections.abc import Iterator
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from app.domain.course import Tail
from app.domain.dlt.columns import Columns
from app.domain.dlt.judge import Verdict, Verdicts, judge
from benchmarks import ic19
from benchmarks.generate.cases import subject_of
from benchmarks.generate.chunks import chunks
from benchmarks.generate.columns import columns_of
from benchmarks.generate.draws import Draws, draw
from benchmarks.generate.mixes import GRAVE, MILD, MIXES, Mix

EVENTS = 1_500
each_mix = pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.name)


@cache
def drawn(mix: Mix, events: int = EVENTS) -> Draws:
    return draw(mix, events, ic19.protocol(), seed=11)


@cache
def generated(mix: Mix, events: int = EVENTS) -> Columns:
    return columns_of(drawn(mix, events), ic19.program())


@each_mix
def test_generated_columns_are_those_of_the_encoded_cases(mix: Mix) -> None:
    patients = range(int(drawn(mix).patient[-1]) + 1)
    encoded = ic19.encoded([subject_of(drawn(mix), patient) for patient in patients])
    assert differing_fields(generated(mix), encoded) == []


@each_mix
def test_each_case_alone_gets_the_verdict_that_it_gets_among_all(mix: Mix) -> None:
    together = judge(generated(mix), ic19.program())
    alone = [
        judge(ic19.encoded([subject_of(drawn(mix), patient)]), ic19.program())
        for patient in range(int(drawn(mix).patient[-1]) + 1)
    ]
    assert same_verdicts(together, alone)


@each_mix
@pytest.mark.parametrize("size", [1, 64, EVENTS])
def test_chunks_get_the_verdicts_of_the_whole(mix: Mix, size: int) -> None:
    together = judge(generated(mix), ic19.program())
    parts = [judge(chunk, ic19.program()) for chunk in chunks(generated(mix), size)]
    assert same_verdicts(together, parts)


@each_mix
def test_each_event_alone_gets_the_verdict_that_it_gets_among_all(mix: Mix) -> None:
    few = generated(mix).take(np.arange(200))
    alone = [judge(few.take(np.array([row])), ic19.program()) for row in range(200)]
    assert same_verdicts(judge(few, ic19.program()), alone)


@each_mix
def test_every_kind_of_tail_signature_and_verdict_is_drawn(mix: Mix) -> None:
    columns = generated(mix, 20_000)
    assert set(np.unique(columns.tail)) == set(Tail)
    assert set(np.unique(columns.signature)) == set(range(len(ic19.program().signatures)))
    found = judge(columns, ic19.program()).verdict
    assert set(np.unique(found)) == set(Verdict)


def test_mix_a_has_two_events_of_five_at_grade_3_or_more() -> None:
    assert share(worst_grade(generated(MILD, 20_000)) >= 3) == pytest.approx(0.40, abs=0.01)


def test_mix_b_has_only_events_at_grade_3_or_more_and_two_of_five_open() -> None:
    columns = generated(GRAVE, 20_000)
    has_unknown = worst_grade(columns, unknown=9) == 9
    assert share((worst_grade(columns) >= 3) | has_unknown) > 0.999
    last = columns.courses.grade[columns.offsets[1:] - 1]
    is_open = (last != 0) & (columns.tail != Tail.ENDED) & (columns.tail != Tail.FATAL)
    assert share(is_open) == pytest.approx(0.40, abs=0.02)


@each_mix
def test_some_is_partly_dated_and_some_is_unknown(mix: Mix) -> None:
    columns = generated(mix, 20_000)
    assert share(columns.courses.first != columns.courses.last) == pytest.approx(0.10, abs=0.01)
    assert share(columns.courses.grade == -1) == pytest.approx(0.015 / 2.25, abs=0.002)
    assert share(columns.baseline == -1) == pytest.approx(0.015, abs=0.003)
    related = [fact.kind for fact in ic19.program().facts].index("related")
    assert share(columns.facts[related] == 0) == pytest.approx(0.06, abs=0.006)
    assert np.diff(columns.offsets).min() >= 1
    assert np.diff(columns.offsets).max() == 5


def test_the_same_seed_draws_the_same_events() -> None:
    again = columns_of(draw(MILD, EVENTS, ic19.protocol(), seed=11), ic19.program())
    other = columns_of(draw(MILD, EVENTS, ic19.protocol(), seed=12), ic19.program())
    assert differing_fields(generated(MILD), again) == []
    assert differing_fields(generated(MILD), other) != []


def differing_fields(one: Columns, other: Columns) -> list[str]:
    """Names of the fields in which two batches differ in type, shape or value."""
    mine, others = dict(fields_of(one)), dict(fields_of(other))
    assert mine.keys() == others.keys()
    differ = [
        name
        for name, values in mine.items()
        if values.dtype != others[name].dtype or not np.array_equal(values, others[name])
    ]
    if one.exposures.zones != other.exposures.zones:
        differ.append("exposures.zones")
    return differ


def fields_of(columns: Columns) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """Every array of a batch with its name."""
    for prefix, part in (
        ("", columns),
        ("courses.", columns.courses),
        ("exposures.", columns.exposures),
    ):
        for name in part.__slots__:
            if isinstance(values := getattr(part, name), np.ndarray):
                yield prefix + name, values


def same_verdicts(together: Verdicts, parts: list[Verdicts]) -> bool:
    return all(
        np.array_equal(
            getattr(together, name), np.concatenate([getattr(part, name) for part in parts])
        )
        for name in ("verdict", "at", "referred")
    )


def worst_grade(columns: Columns, *, unknown: int = 0) -> NDArray[np.int8]:
    grade = np.where(columns.courses.grade == -1, np.int8(unknown), columns.courses.grade)
    highest: NDArray[np.int8] = np.maximum.reduceat(grade, columns.offsets[:-1])
    return highest


def share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean())
