"""Random requests: a patient with one event, clean at first, then spoilt in a few ways."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.oracle.strategies import FACTS, LABORATORY, SERIOUS, Data

ZONES = ("+08:00", "America/New_York")
#: Infusions near the days on which New York changes its clocks.
STARTS = (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), datetime(2026, 10, 28, 2, 30, tzinfo=UTC))
AGENT = "IC19"
TOLD: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(FACTS, (True, False)),
    "temperature": ("38.4", "38.5 Cel", 39),
}
UNHEARD_OF = "Something unheard of"
_DAY = 1440
#: Minutes between one thing and the next: on both sides of limits in hours and in days.
GAPS = st.one_of(
    st.sampled_from([0, 1, 30, 240, 720, 721]),
    st.builds(
        lambda days, more: days * _DAY + more,
        st.sampled_from([1, 2, 3, 3, 4, 7, 7, 8, 14, 15, 28, 29]),
        st.sampled_from([-1, 0, 0, 1, 60]),
    ),
)
ONSETS = st.sampled_from((60, 600, _DAY, 2 * _DAY, 5 * _DAY, 60, 600, 0, 1, -60, -2 * _DAY)) | GAPS
GRADES = st.sampled_from((3, 3, 4, 3, 4, 2, 1, 3, 5, 0))


@dataclass
class Time:
    """An instant, and how finely it is written."""

    at: datetime
    precision: str

    def text(self, zone: str) -> str | None:
        """As a site in this zone writes it."""
        if self.precision == "none":
            return None
        rules = ZoneInfo(zone) if "/" in zone else None
        local = self.at.astimezone(rules) if rules else self.at + timedelta(hours=8)
        forms = {"minute": "%Y-%m-%dT%H:%M", "hour": "%Y-%m-%dT%H", "day": "%Y-%m-%d"}
        if self.precision == "offset":
            return self.at.strftime("%Y-%m-%dT%H:%MZ")
        return local.strftime(forms.get(self.precision, "%Y-%m"))


@st.composite
def cases(
    draw: st.DrawFn,
    terms: tuple[str, ...] = tuple(LABORATORY),
    *,
    agent: str = AGENT,
    told: Mapping[str, Sequence[Any]] = MappingProxyType(TOLD),
) -> Data:
    """A request: a patient with one event, a zone and a data cut.

    `told` are the facts of the event form, each with the values that it may have.
    """
    zone, start = draw(st.sampled_from(ZONES)), draw(st.sampled_from(STARTS))
    usual = draw(st.sampled_from(("minute", "minute", "day", "offset")))
    exposures, at = [], start
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 3)))):
        written = Time(at, draw(st.sampled_from(("minute", "minute", usual))))
        exposures.append({"agent": AGENT, "start": written})
        at += timedelta(minutes=draw(GAPS))
    event, last = draw(events(start, usual, terms, told))
    after = draw(st.sampled_from((0, 1, 240, _DAY)) | GAPS)
    cut = Time(last + timedelta(minutes=after), draw(st.sampled_from(("minute", "day"))))
    case: Data = {"subject": {"id": "S-1", "exposures": exposures, "events": [event]}}
    kinds = st.sampled_from(SPOILT)
    for _ in range(draw(st.sampled_from((0, 1, 1, 2, 2, 3, 5)))):
        draw(kinds)(draw, case["subject"], last)
    written = _named(_written(case, zone), agent)
    return {"time_zone": zone, "as_of": cut.text(zone), **written}


def _named(value: Any, agent: str) -> Any:
    """The request with the agent's name."""
    if isinstance(value, dict):
        return {key: _named(part, agent) for key, part in value.items()}
    if isinstance(value, list):
        return [_named(part, agent) for part in value]
    return agent if value == AGENT else value


@st.composite
def events(
    draw: st.DrawFn,
    start: datetime,
    usual: str,
    terms: tuple[str, ...],
    told: Mapping[str, Sequence[Any]],
) -> tuple[Data, datetime]:
    """One adverse event of which everything is known, and the time of its last change."""
    at = last = start + timedelta(minutes=draw(ONSETS))
    grades: list[Data] = []
    for _ in range(draw(st.sampled_from((1, 1, 2, 2, 3, 4)))):
        grades.append({"from": Time(at, usual), "grade": draw(GRADES)})
        last, at = at, at + timedelta(minutes=draw(GAPS))
    over = draw(st.booleans())
    if over and grades[-1]["grade"] not in {0, 5}:
        grades.append({"from": Time(at, usual), "grade": draw(st.sampled_from((0, 0, 1, 2)))})
        last = at
    flags = st.booleans()
    return {
        "id": "AE-1",
        "term": draw(st.sampled_from(terms)),
        "grades": grades,
        "ongoing": grades[-1]["grade"] not in {0, 5},
        "baseline_grade": 0,
        "clinically_significant": draw(st.sampled_from((True, True, False))),
        "interventions": draw(treatments(last, usual)),
        "other_crs_symptoms": draw(st.sampled_from(([], ["fever"]))),
        "alternative_causes": draw(st.sampled_from(([], [{"cause": "infection"}]))),
        "causality": _judged("possible") + draw(st.sampled_from(BESIDE)),
        "facts": {name: draw(st.sampled_from(values)) for name, values in told.items()},
        "seriousness": {name: draw(flags) for name in SERIOUS},
    }, last


BESIDE: list[list[Data]] = [
    [],
    *([{"agent": "fludarabine", "relatedness": word}] for word in ("possible", "unrelated")),
]
"""What may be told of another agent."""


@st.composite
def treatments(draw: st.DrawFn, last: datetime, usual: str) -> list[Any]:
    """Interventions: none, words, or words with times around the last change."""
    kind = draw(st.sampled_from(("none", "word", "timed", "timed")))
    if kind != "timed":
        return [] if kind == "none" else ["vasopressor"]
    found = []
    at = last - timedelta(minutes=draw(GAPS))
    for _ in range(draw(st.sampled_from((1, 1, 2)))):
        word = draw(st.sampled_from(("vasopressor", "noradrenaline", "oxygen")))
        end = at + timedelta(minutes=draw(GAPS))
        given: Data = {"kind": word, "start": Time(at, usual)}
        ending = draw(st.sampled_from(("end", "end", "ongoing", "over", "unknown")))
        if ending == "end":
            given["end"] = Time(end, draw(st.sampled_from(("minute", usual))))
        elif ending != "unknown":
            given["ongoing"] = ending == "ongoing"
        found.append(given)
        at = end + timedelta(minutes=draw(st.sampled_from((0, 0, 60))))
    return found


def _judged(*words: str | None) -> list[Data]:
    assessors = ("investigator", "sponsor")
    return [
        {"agent": AGENT, "relatedness": word, "assessor": assessor}
        for word, assessor in zip(words, assessors, strict=False)
    ]


def _written(value: Any, zone: str) -> Any:
    if isinstance(value, Time):
        return value.text(zone)
    if isinstance(value, dict):
        return {key: _written(part, zone) for key, part in value.items()}
    return [_written(part, zone) for part in value] if isinstance(value, list) else value


# --- ways to spoil a record --------------------------------------------------------------------

Spoil = Callable[[st.DrawFn, Data, datetime], None]


def _one_grade(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    grades = subject["events"][0]["grades"]
    if grades:
        draw(st.sampled_from(grades))["grade"] = None


def _one_time(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    grades = subject["events"][0]["grades"]
    if grades:
        precision = draw(st.sampled_from(("day", "day", "hour", "month", "none")))
        draw(st.sampled_from(grades))["from"].precision = precision


def _one_infusion(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    if subject["exposures"]:
        precision = draw(st.sampled_from(("day", "day", "hour", "month", "none")))
        draw(st.sampled_from(subject["exposures"]))["start"].precision = precision


def _infusion_day(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    """An onset dated by the day of an infusion alone."""
    grades, exposures = subject["events"][0]["grades"], subject["exposures"]
    if grades and exposures:
        grades[0]["from"] = Time(draw(st.sampled_from(exposures))["start"].at, "day")


def _no_infusion(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    subject["exposures"] = draw(st.sampled_from((None, [])))


def _order(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    subject["events"][0]["grades"].reverse()


def _report(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    event = subject["events"][0]
    event["ongoing"] = draw(st.sampled_from((True, True, False, None)))
    precision = draw(st.sampled_from(("minute", "day", "day", "month")))
    event["ongoing_as_of"] = Time(last + timedelta(minutes=draw(GAPS)), precision)


def _assessments(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    """What the laboratory saw: the course at its changes, and sometimes between or after them."""
    event = subject["events"][0]
    event["assessments"] = [
        {"on": Time(each["from"].at, each["from"].precision), "grade": each["grade"]}
        for each in event["grades"]
        if each["from"].precision != "none"
    ]
    if len(event["grades"]) > 1 and draw(st.booleans()):
        _one_between(draw, event)
    if event["grades"] and draw(st.booleans()):
        grade = draw(st.sampled_from((event["grades"][-1]["grade"],) * 3 + (None,)))
        later = Time(last + timedelta(minutes=draw(GAPS)), "minute")
        event["assessments"].append({"on": later, "grade": grade})
    if draw(st.integers(1, 4)) == 1:
        event["assessments"] = [each | {"grade": None} for each in event["assessments"]]
    if event["assessments"] and draw(st.integers(1, 3)) == 1:
        event["grades"] = []


def _one_between(draw: st.DrawFn, event: Data) -> None:
    """An assessment between two changes, which shows the grade that the first of them is to."""
    place = draw(st.integers(1, len(event["grades"]) - 1))
    before, after = event["grades"][place - 1], event["grades"][place]
    earlier = draw(st.sampled_from((1, 60, 600, _DAY)))
    at = max(before["from"].at, after["from"].at - timedelta(minutes=earlier))
    shown = Time(at, draw(st.sampled_from(("minute", "hour", "day"))))
    event["assessments"].insert(place, {"on": shown, "grade": before["grade"]})


def _ending(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    """A death, a withdrawal or a loss, somewhere around the last change."""
    start = min(last, STARTS[0] if last < STARTS[1] else STARTS[1])
    fraction = draw(st.sampled_from((10, 10, 10, 9, 5, 1)))
    at = start + (last - start) * fraction / 10 + timedelta(minutes=draw(st.just(0) | GAPS))
    when = Time(at.replace(second=0, microsecond=0), draw(st.sampled_from(("minute", "day"))))
    kind = draw(st.sampled_from(("death", "withdrawal", "follow_up_until")))
    if kind == "follow_up_until":
        when.precision = draw(st.sampled_from(("minute", "day", "day", "month")))
        subject[kind] = when
    else:
        when.precision = draw(st.sampled_from(("minute", "day", "day", "none")))
        subject[kind] = {"date": when}


def _worst_only(draw: st.DrawFn, subject: Data, last: datetime) -> None:
    """A source that tells of the whole event when it began and ended, and its worst grade."""
    event = subject["events"][0]
    grades = event["grades"]
    worst = max((each["grade"] for each in grades if each["grade"] is not None), default=None)
    if worst is None:
        return
    start, end = grades[0]["from"], grades[-1]["from"]
    event["grades"] = [
        {"from": start, "grade": None},
        {"from": Time(last, "none"), "grade": worst},
        {"from": Time(last, "none"), "grade": None},
    ]
    if draw(st.booleans()):
        event["grades"].append({"from": Time(end.at, end.precision), "grade": 0})
        event["ongoing"] = False
    event["worst_grade"] = worst


def _field(name: str, *values: Any) -> Spoil:
    def spoil(draw: st.DrawFn, subject: Data, last: datetime) -> None:
        subject["events"][0][name] = draw(st.sampled_from(values))

    return spoil


SPOILT: tuple[Spoil, ...] = (
    _one_grade,
    _one_grade,
    _one_time,
    _one_time,
    _one_time,
    _one_infusion,
    _infusion_day,
    _infusion_day,
    _no_infusion,
    _order,
    _worst_only,
    _worst_only,
    _report,
    _report,
    _assessments,
    _assessments,
    _ending,
    _ending,
    _field("baseline_grade", None, None, 1, 2, 3),
    _field("baseline_grade", None, None, 1, 2, 3),
    _field("causality", [], _judged(None), _judged("unrelated"), _judged("possible", "unlikely")),
    _field("clinically_significant", None),
    _field("interventions", None, ["something"]),
    _field("other_crs_symptoms", None),
    _field("alternative_causes", None),
    _field("facts", {}, {"temperature": "101.3 [degF]"}),
    _field("seriousness", None, {"hospitalisation": True}),
    _field("worst_grade", 0, 1, 2, 3, 3, 4, 4, 5),
    _field("ongoing", True, False, None),
    _field("seriousness", {"life_threatening": False}, {"death": False}),
    _field("term", UNHEARD_OF),
)
