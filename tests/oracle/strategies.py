"""Random rule sets of the real language, and random records to be judged by them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

LIMITS = ("PT12H", "PT24H", "PT72H", "P1D", "P2D", "P3D", "P1W")
WINDOWS = ("P2D", "P7D", "P28D", "PT48H", "PT672H")
ZONES = ("+08:00", "America/New_York")
#: Infusions near the days on which New York changes its clocks.
STARTS = (datetime(2026, 3, 2, 15, 0, tzinfo=UTC), datetime(2026, 10, 28, 2, 30, tzinfo=UTC))
GROUPS = {"blood": ("Anemia", "Neutrophil count decreased"), "nerves": ("Seizure",)}
LABORATORY = {
    "Anemia": False,
    "Neutrophil count decreased": True,
    "Seizure": False,
    "Nausea": False,
}
FACTS = ("dose_delayed", "supportive_care")

Data = dict[str, Any]


def _conditions(sign: int) -> st.SearchStrategy[Data]:
    """Conditions that passing time can only make true (1), only unmake (-1), or not touch (0)."""
    grades = st.integers(1, 4)
    limits = st.sampled_from(LIMITS)
    settled = st.one_of(
        st.sampled_from(
            [
                {"group": "blood"}, {"group": "nerves"}, {"term": "Nausea"}, {"laboratory": True},
                {"clinically_significant": False}, {"intervention": "vasopressor"},
                {"other_crs_symptoms": True}, {"alternative_cause": ["infection"]},
                {"fact": "dose_delayed"}, {"fact": "supportive_care", "equals": False},
                {"always": False},
            ]
        ),
    )  # fmt: skip
    peaks = {
        1: st.builds(lambda least: {"peak": {"at_least": least}}, st.integers(1, 5)),
        0: st.nothing(),
        -1: st.builds(lambda most: {"peak": {"at_most": most}}, st.integers(2, 5)),
    }[sign]
    clocks = {
        1: st.builds(lambda g, n: {"lasts": {"grade": g, "longer_than": n}}, grades, limits),
        0: st.nothing(),
        -1: st.one_of(
            st.builds(lambda g, n: {"lasts": {"grade": g, "no_longer_than": n}}, grades, limits),
            st.builds(
                lambda to, n, g: {
                    "recovers": {"to": to, "within": n} | ({"clock_from_grade": g} if g else {})
                },
                st.sampled_from((0, 1, 2, "baseline")),
                limits,
                st.sampled_from((None, None, 1, 2, 3, 4)),
            ),
        ),
    }[sign]
    leaf = st.one_of(settled, clocks, clocks, peaks) if sign else settled
    other = _negatable(-sign) if sign else leaf
    return st.recursive(
        st.one_of(leaf, st.builds(lambda part: {"not": part}, other)),
        lambda inner: st.one_of(
            st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=3)),
            st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        ),
        max_leaves=3,
    )


def _negatable(sign: int) -> st.SearchStrategy[Data]:
    limits, grades = st.sampled_from(LIMITS), st.integers(1, 4)
    bound = "longer_than" if sign > 0 else "no_longer_than"
    return st.builds(lambda g, n: {"lasts": {"grade": g, bound: n}}, grades, limits)


ANY = _conditions(0)
GROWING = _conditions(1)
SHRINKING = _conditions(-1)
INSIGNIFICANT = {"all": [{"laboratory": True}, {"clinically_significant": False}]}
UNLESS = st.sampled_from((None, None, None, INSIGNIFICANT, INSIGNIFICANT)).flatmap(
    lambda usual: st.just(usual) if usual else st.none() | st.none() | ANY | SHRINKING
)


@st.composite
def rule_sets(draw: st.DrawFn) -> Data:
    """A rule set as data."""
    criteria = []
    for number in range(draw(st.integers(1, 3))):
        longer = draw(st.none() | st.sampled_from(LIMITS))
        when = draw(st.none() | st.none() | GROWING)
        grade = draw(st.sampled_from((3, 4, 3, 2, 1)))
        criteria.append(
            {
                "id": f"c{number}",
                "at": "1",
                "says": "-",
                "grade": grade,
                "longer_than": longer,
                "when": when,
            }
        )
    exceptions = []
    for number in range(draw(st.integers(0, 3))):
        replaces = draw(
            st.lists(st.sampled_from([c["id"] for c in criteria]), max_size=2, unique=True)
        )
        when = draw(ANY if replaces else SHRINKING | ANY)
        if draw(st.booleans()):
            when = {"all": [when, {"peak": {"at_most": draw(st.integers(2, 4))}}]}
        limit = draw(st.none() | SHRINKING | SHRINKING)
        exceptions.append(
            {
                "id": f"e{number}",
                "at": "2",
                "says": "-",
                "when": when,
                "limit": limit,
                "replaces": replaces,
            }
        )
    related = {
        "agent": "IC19",
        "any_of": ["possible", "probable", "definite"],
        "where_assessors_differ": draw(
            st.sampled_from(("unknown", "investigator", "sponsor", "any_related"))
        ),
    }
    return {
        "observed_in": ["escalation"],
        "window": draw(windows()),
        "counts": {"related": draw(st.sampled_from((related, None))), "unless": draw(UNLESS)},
        "criteria": criteria,
        "exceptions": exceptions,
        "refer_to_committee": draw(st.sampled_from((None, {"grade": 3, "at": "3", "says": "-"}))),
        "clocks": draw(clocks()),
    }


@st.composite
def windows(draw: st.DrawFn) -> Data:
    """When an onset counts."""
    through = draw(st.sampled_from(WINDOWS))
    return {
        "anchor": draw(st.sampled_from(("each_infusion", "first_infusion"))),
        "agent": "IC19",
        "first_day": draw(st.sampled_from((0, 1))),
        "through": through,
        "onset_from_grade": draw(st.sampled_from((None, None, 1, 2))),
        "rise_on_infusion_day": draw(
            st.sampled_from(("after_if_above_baseline",) * 3 + ("after", "either"))
        ),
    }


@st.composite
def clocks(draw: st.DrawFn) -> Data:
    """How clocks run; the defaults more often than not."""
    return {
        "within_includes_limit": draw(st.sampled_from((True, True, False))),
        "days_are": draw(st.sampled_from(("calendar", "calendar", "elapsed"))),
        "recovery": draw(st.sampled_from(("first_documented", "first_documented", "last"))),
        "after_last_report": draw(st.sampled_from(("unknown", "unknown", "persists"))),
        "death_from_another_cause": draw(
            st.sampled_from(("committee", "ends_event", "exceeds_limit"))
        ),
        "unknown_grades": draw(st.sampled_from(("of_the_term", "all"))),
    }


#: Minutes between one thing and the next: around limits and the ends of days.
GAPS = st.sampled_from(
    [
        0,
        1,
        30,
        240,
        720,
        721,
        1440,
        1441,
        2880,
        2881,
        4320,
        4319,
        4321,
        5760,
        10080,
        10081,
        11520,
        20160,
        40320,
        41760,
    ]
)
PRECISION = st.sampled_from(
    ("exact",) * 8 + ("offset",) * 3 + ("hour", "day", "day", "day", "day", "month")
)


def _written(at: datetime, zone: str, precision: str) -> str:
    local = at.astimezone(UTC if zone == "+08:00" else ZoneInfo(zone))
    if zone == "+08:00":
        local = (at + timedelta(hours=8)).replace(tzinfo=None)
    local = local.replace(tzinfo=None)
    match precision:
        case "exact":
            return local.strftime("%Y-%m-%dT%H:%M")
        case "offset":
            return at.strftime("%Y-%m-%dT%H:%M") + "Z"
        case "hour":
            return local.strftime("%Y-%m-%dT%H")
        case "day":
            return local.strftime("%Y-%m-%d")
        case _:
            return local.strftime("%Y-%m")


@st.composite
def cases(draw: st.DrawFn, terms: tuple[str, ...] = tuple(LABORATORY)) -> Data:
    """A request: a patient with one event, a zone and a data cut."""
    zone = draw(st.sampled_from(ZONES))
    start = draw(st.sampled_from(STARTS))

    def written(at: datetime, *, missing: int = 0) -> str | None:
        if missing and draw(st.integers(1, missing)) == 1:
            return None
        return _written(at, zone, draw(PRECISION))

    exposures, at = [], start
    for _ in range(draw(st.sampled_from((1, 1, 1, 1, 2, 2, 3, 0)))):
        exposures.append({"agent": "IC19", "start": written(at, missing=25)})
        at += timedelta(minutes=draw(GAPS))
    event, at = draw(events(written, start, terms))
    at += timedelta(minutes=draw(st.sampled_from((0, 1, 30, 240, 720, 1440)) | GAPS))
    cut = _written(at, zone, draw(st.sampled_from(("exact", "day"))))
    subject: Data = {
        "id": "S-1",
        "exposures": draw(st.sampled_from((exposures,) * 15 + (None,))),
        "events": [event],
    }
    around = start + (at - start) * draw(st.integers(0, 10)) / 10
    around = around.replace(second=0, microsecond=0)
    ending = draw(st.sampled_from((None,) * 5 + ("death", "withdrawal", "follow_up_until")))
    if ending == "follow_up_until":
        subject[ending] = written(around)
    elif ending is not None:
        subject[ending] = {"date": written(around, missing=15)}
    return {"time_zone": zone, "as_of": cut, "subject": subject}


@st.composite
def events(
    draw: st.DrawFn, written: Any, start: datetime, terms: tuple[str, ...]
) -> tuple[Data, datetime]:
    """One adverse event, and the time of its last change."""
    at = start + timedelta(
        minutes=draw(st.sampled_from((-2880, -60, 0, 1, 60, 600, 1440, 2880)) | GAPS)
    )
    grades, last = [], at
    for _ in range(draw(st.sampled_from((1, 2, 2, 3, 4)))):
        grade = draw(st.sampled_from((0, 1, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 5, None)))
        grades.append({"from": written(at, missing=25), "grade": grade})
        last, at = at, at + timedelta(minutes=draw(GAPS))
    if draw(st.integers(1, 20)) == 1:
        grades.reverse()
    event: Data = {
        "id": "AE-1",
        "term": draw(st.sampled_from(terms * 6 + ("Something unheard of",))),
        "grades": grades,
        "ongoing": draw(st.sampled_from((True, True, True, False, None))),
        "baseline_grade": draw(st.sampled_from((0, 0, 0, 1, 2, 3, None))),
        "clinically_significant": draw(st.sampled_from((True, True, False, None))),
        "interventions": draw(st.sampled_from((None, [], ["vasopressor"], ["something"]))),
        "other_crs_symptoms": draw(st.sampled_from((None, [], ["fever"]))),
        "alternative_causes": draw(st.sampled_from((None, [], [{"cause": "infection"}]))),
        "causality": draw(causalities()),
    }
    if event["ongoing"] is True and draw(st.booleans()):
        event["ongoing_as_of"] = written(last + timedelta(minutes=draw(GAPS)))
    if draw(st.integers(1, 6)) == 1:
        event["assessments"] = draw(assessments(grades, last))
        if draw(st.integers(1, 4)) == 1:
            event["grades"] = []
    if draw(st.integers(1, 6)) == 1:
        event["seriousness"] = draw(
            st.sampled_from(({"life_threatening": False}, {"death": False}))
        )
    facts = {name: draw(st.sampled_from((True, False, None))) for name in FACTS}
    return event | {"facts": {k: v for k, v in facts.items() if v is not None}}, at


@st.composite
def causalities(draw: st.DrawFn) -> list[Data]:
    """Mostly one judgement; sometimes none, sometimes two."""
    words = draw(
        st.sampled_from(
            (("possible",),) * 6
            + (("unrelated",), (), (None,), ("possible", "unlikely"), ("unlikely", "definite"))
        )
    )
    assessors = ("investigator", "sponsor")
    return [
        {"agent": "IC19", "relatedness": w, "assessor": a}
        for w, a in zip(words, assessors, strict=False)
    ]


@st.composite
def assessments(draw: st.DrawFn, grades: list[Data], last: datetime) -> list[Data]:
    """What the laboratory saw: the course at its changes, and sometimes in between."""
    seen = [
        {"on": g["from"], "grade": g["grade"]}
        for g in grades
        if g["from"] is not None and g["grade"] is not None
    ]
    if draw(st.booleans()) and grades[-1]["grade"] is not None:
        later = last + timedelta(minutes=draw(GAPS))
        seen.append({"on": _written(later, "UTC", "offset"), "grade": grades[-1]["grade"]})
    return seen
