"""Whoever changes a course as a counterfactual says, gets the verdict that it says."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from app.domain.adjudication.result import Counterfactual
from tests.builders import event, subject
from tests.domain.adjudication.test_counterfactual import CRS, judged

TERMS = ("Lung infection", CRS, "Neutrophil count decreased", "ICANS", "Seizure")


@st.composite
def courses(draw: st.DrawFn) -> list[tuple[int, str]]:
    """A course of some steps, ending with recovery; to the day or to the minute."""
    fine = draw(st.booleans())
    at = datetime(2026, 3, draw(st.integers(2, 20)), 8, tzinfo=UTC)
    steps = []
    for grade in [*draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)), 0]:
        steps.append((grade, at.isoformat() if fine else at.date().isoformat()))
        at += timedelta(days=draw(st.integers(1, 12)), minutes=draw(st.integers(0, 90)))
    return steps


@given(st.sampled_from(TERMS), courses(), st.booleans())
def test_what_it_says_of_a_limit_is_so(
    term: str, course: Sequence[tuple[int, str]], significant: bool
) -> None:
    """Whoever changes the course as a sentence says gets the verdict that it says."""
    recorded = event(term, *course, clinically_significant=significant)
    found = judged(subject(recorded)).events[0]
    for each in found.counterfactual:
        if each.kind == "clock":
            changed = _as_it_says(course, each)
            other = judged(subject(event(term, *changed, clinically_significant=significant)))
            assert other.events[0].verdict != found.verdict
            assert other.events[0].verdict in {"DLT", "NOT_DLT"}


def _as_it_says(course: Sequence[tuple[int, str]], said: Counterfactual) -> list[tuple[int, str]]:
    """The course with the recovery moved to the limit, or beyond it."""
    assert said.at is not None
    words = said.sentence.split(" grade ")
    stop = 0 if len(words) < 2 else int(words[1][0]) - ("lasted" in said.sentence)
    until = [each for each in course if _instant(each[1]) < _instant(said.at)]
    if "would not be" in said.sentence:
        after = [each for each in course if _instant(each[1]) >= _instant(said.at)]
        closed = next((n for n, each in enumerate(after) if each[0] <= stop), len(after))
        return [*until, (stop, said.at), *after[closed:]]
    beyond = _day_after(said.at)
    named = [n for n, each in enumerate(course) if f" from {_words(each[1])} " in said.sentence]
    start = named[0] if named else max(n for n, each in enumerate(until) if each[0] > stop)
    while start and until[start - 1][0] > stop:
        start -= 1
    inside = next(n for n, each in enumerate(course) if n > start and each[0] <= stop)
    last = course[inside][0]
    later = [each for each in course[inside + 1 :] if _instant(each[1]) > _instant(beyond)]
    return [*course[:inside], (last, beyond), *later]


def _words(text: str) -> str:
    """A time as sentences say it."""
    if "T" not in text:
        return text
    local = datetime.fromisoformat(text).astimezone(timezone(timedelta(hours=8)))
    return f"{local:%Y-%m-%d %H:%M} +08:00"


def _instant(text: str) -> datetime:
    if "T" in text:
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(f"{text}T00:00:00+08:00")


def _day_after(text: str) -> str:
    if "T" in text:
        return (datetime.fromisoformat(text) + timedelta(minutes=1)).isoformat()
    return (date.fromisoformat(text) + timedelta(days=1)).isoformat()
