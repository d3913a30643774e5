"""Random rule sets of the real language."""

from typing import Any

from hypothesis import strategies as st

LIMITS = ("PT12H", "PT24H", "PT72H", "P1D", "P2D", "P3D", "P1W", "P7D", "P28D")
COUNTED_FROM = ("onset", "onset", "onset", "infusion", "first_infusion")
WINDOWS = ("P28D", "P28D", "P7D", "PT672H", "P2D", "PT48H")
GROUPS = {"blood": ("Anemia", "Neutrophil count decreased"), "nerves": ("Seizure",)}
LABORATORY = {
    "Anemia": False,
    "Neutrophil count decreased": True,
    "Seizure": False,
    "Nausea": False,
}
FACTS = ("dose_delayed", "supportive_care")
SERIOUS = (
    "life_threatening",
    "death",
    "hospitalisation",
    "disability",
    "congenital_anomaly",
    "medically_important",
)

Data = dict[str, Any]


def _treated(bound: str, limit: str) -> Data:
    return {"intervention": {"kind": "vasopressor", bound: limit}}


TREATED_LONG = st.builds(
    _treated, st.sampled_from(("longer_than", "at_least")), st.sampled_from(LIMITS)
)
TREATED_SOON = st.builds(_treated, st.just("within"), st.sampled_from(LIMITS))


def _conditions(sign: int) -> st.SearchStrategy[Data]:
    """Conditions that passing time can only make true (1), only unmake (-1), or not touch (0)."""
    settled = st.one_of(
        st.sampled_from(
            [
                {"group": "blood"}, {"group": "nerves"}, {"term": "Nausea"}, {"laboratory": True},
                {"clinically_significant": False}, {"intervention": "vasopressor"},
                {"other_crs_symptoms": True}, {"alternative_cause": ["infection"]},
                {"fact": "dose_delayed"}, {"fact": "supportive_care", "equals": False},
                {"number": {"name": "temperature", "unit": "Cel", "at_least": 38.5}},
                {"number": {"name": "temperature", "unit": "Cel", "below": 38.5}},
                {"serious": "any"}, {"serious": "hospitalisation"}, {"always": False},
            ]
        ),
    )  # fmt: skip
    peaks = {
        1: st.one_of(
            st.builds(lambda least: {"peak": {"at_least": least}}, st.integers(1, 5)),
            st.builds(lambda least: {"shift": {"at_least": least}}, st.integers(1, 4)),
            st.builds(
                lambda least, grade, of: {"occurrence": {"at_least": least, "grade": grade, **of}},
                st.sampled_from((2, 2, 3)),
                st.none() | st.integers(1, 4),
                st.sampled_from(({}, {}, {"group": "blood"}, {"term": "Nausea"})),
            ),
        ),
        0: st.nothing(),
        -1: st.builds(lambda most: {"peak": {"at_most": most}}, st.integers(2, 5)),
    }[sign]
    clocks = {
        1: st.one_of(_lasts(1), TREATED_LONG),
        0: TREATED_SOON,
        -1: st.one_of(
            _lasts(-1),
            st.builds(
                lambda to, n, g, since: {
                    "recovers": {"to": to, "within": n, "counted_from": since}
                    | ({"clock_from_grade": g} if g else {})
                },
                st.sampled_from((0, 1, 2, "baseline")),
                st.sampled_from(LIMITS),
                st.sampled_from((None, None, 1, 2, 3, 4)),
                st.sampled_from(COUNTED_FROM),
            ),
        ),
    }[sign]
    leaf = st.one_of(settled, clocks, clocks, peaks, TREATED_SOON) if sign else settled | clocks
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
    return st.one_of(_lasts(sign), TREATED_SOON, *([TREATED_LONG] if sign > 0 else []))


def _lasts(sign: int) -> st.SearchStrategy[Data]:
    """Clocks of every kind; the usual ones more often than not."""
    bounds = ("longer_than", "longer_than", "at_least")
    if sign < 0:
        bounds = ("no_longer_than", "no_longer_than", "shorter_than")
    return st.builds(
        lambda grade, bound, limit, counted: {"lasts": {"grade": grade, bound: limit} | counted},
        st.integers(1, 4),
        st.sampled_from(bounds),
        st.sampled_from(LIMITS),
        st.sampled_from(
            (*({"counted_from": each} for each in COUNTED_FROM), {"total": True}, {"total": True})
        ),
    )


ANY = _conditions(0)
GROWING = _conditions(1)
SHRINKING = _conditions(-1)
CLOCK = _negatable(-1)
INSIGNIFICANT = {"all": [{"laboratory": True}, {"clinically_significant": False}]}
UNLESS = st.sampled_from((None, None, None, INSIGNIFICANT, INSIGNIFICANT)).flatmap(
    lambda usual: st.just(usual) if usual else st.none() | st.none() | ANY | SHRINKING
)


@st.composite
def rule_sets(draw: st.DrawFn) -> Data:
    """A rule set as data."""
    criteria = []
    for number in range(draw(st.integers(1, 3))):
        bound = draw(st.sampled_from(("longer_than", "longer_than", "at_least")))
        longest = draw(st.none() | st.sampled_from(LIMITS))
        when = draw(st.none() | st.none() | st.none() | GROWING)
        grade = draw(st.sampled_from((3, 4, 3, 4, 2, 1)))
        criteria.append(
            {
                "id": f"c{number}",
                "at": "1",
                "says": "-",
                "grade": grade,
                bound: longest,
                "when": when,
            }
        )
    exceptions = []
    for number in range(draw(st.sampled_from((0, 1, 1, 2, 3)))):
        replaces = draw(
            st.lists(st.sampled_from([c["id"] for c in criteria]), max_size=2, unique=True)
        )
        when = draw(ANY if replaces else SHRINKING | ANY)
        if draw(st.booleans()):
            when = {"all": [when, {"peak": {"at_most": draw(st.integers(2, 4))}}]}
        limit = draw(st.none() | CLOCK | CLOCK | SHRINKING)
        ids = [c["id"] for c in criteria]
        others = draw(st.none() | st.none() | st.lists(st.sampled_from(ids), max_size=2))
        exceptions.append(
            {
                "id": f"e{number}",
                "at": "2",
                "says": "-",
                "when": when,
                "limit": limit,
                "replaces": replaces,
                "exempts_from": list(dict.fromkeys((*replaces, *others))) if others else None,
            }
        )
    related = {
        "agent": draw(st.sampled_from(("IC19", "IC19", ["IC19", "fludarabine"]))),
        "any_of": ["possible", "probable", "definite"],
        "where_assessors_differ": draw(
            st.sampled_from(("unknown", "investigator", "sponsor", "any_related"))
        ),
    }
    window = draw(windows())
    excused = draw(UNLESS)
    if window["anchor"] == "first_infusion":
        criteria, exceptions, excused = _of_the_first((criteria, exceptions, excused))
    return {
        "observed_in": ["escalation"],
        "window": window,
        "counts": {"related": draw(st.sampled_from((related, None))), "unless": excused},
        "criteria": criteria,
        "exceptions": exceptions,
        "refer_to_committee": draw(st.sampled_from((None, {"grade": 3, "at": "3", "says": "-"}))),
        "clocks": draw(clocks()),
    }


def _of_the_first(value: Any) -> Any:
    """Such a window knows the first infusion alone, so clocks are counted from no other."""
    if isinstance(value, dict):
        return {key: _of_the_first(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_of_the_first(part) for part in value]
    return "first_infusion" if value == "infusion" else value


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
