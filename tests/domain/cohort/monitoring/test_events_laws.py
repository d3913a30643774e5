"""Laws of counts of named events: what is certain is so in every completion of the record."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise, product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.cohort.design import NotOfThisDesign
from tests.domain.cohort.monitoring.cohorts import decided
from tests.sparing import SPARING

CUT = date(2026, 4, 8)
FIRST = date(2026, 3, 28)
DAYS = [FIRST + timedelta(days=each) for each in range((CUT - FIRST).days + 1)]
BEFORE = [FIRST - timedelta(days=each) for each in range(14, 0, -1)]
TERMS = ["CRS", "Cytokine release syndrome", "Sepsis", "A word", "Another word", None]
NAMES = {"CRS": "Cytokine release syndrome"}
NAMED: list[dict[str, list[str]]] = [
    {},
    {"terms": ["CRS"]},
    {"terms": ["Cytokine release syndrome", "Sepsis"]},
    {"own_terms": ["A word"]},
    {"terms": ["Sepsis"], "own_terms": ["A word", "CRS"]},
]
ORDER = {"continue": 0, "undetermined": 1, "stop": 2}


def days_of(text: str | None) -> list[date]:
    """The days until the cut that a recorded time may be; those of long before are alike."""
    every = [*BEFORE, *DAYS]
    return [day for day in every if text is None or day.isoformat().startswith(text)]


TIMES = st.one_of(
    st.sampled_from([day.isoformat() for day in DAYS]), st.sampled_from([None, "2026-04"])
)
GRADES = st.sampled_from([None, 3, 4, 5])
COURSES = st.lists(st.fixed_dictionaries({"from": TIMES, "grade": GRADES}), max_size=2)


@st.composite
def long_courses(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Three changes or four in their order, of which the time of one at most is not known."""
    days = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=3, max_size=4)))
    times: list[str | None] = [day.isoformat() for day in days]
    if draw(st.booleans()):
        times[draw(st.integers(0, len(times) - 1))] = None
    return [{"from": each, "grade": draw(GRADES)} for each in times]


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "grades": draw(COURSES),
        "term": draw(st.sampled_from(TERMS)),
        "related": draw(st.sampled_from([True, False, None])),
    }


@st.composite
def patients(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for place, told in enumerate(draw(st.lists(st.lists(events(), max_size=2), max_size=3))):
        infused = draw(TIMES)
        after = [day for day in DAYS if day >= days_of(infused)[0]]
        death = st.one_of(st.none(), st.sampled_from(["2026-04", *map(date.isoformat, after)]))
        died, ended = draw(death), draw(st.one_of(st.none(), st.sampled_from(after)))
        found.append(
            {
                "id": f"P{place}",
                "infused": infused,
                "follow_up_until": ended and ended.isoformat(),
                "death": died and {"date": died},
                "events": [{"id": str(at)} | each for at, each in enumerate(told)],
            }
        )
    return found


LIMITS = st.fixed_dictionaries(
    {
        "name": st.just("Rule"),
        "minimum_grade": st.sampled_from([4, 5]),
        "at_least": st.integers(1, 3),
        "within_days": st.sampled_from([None, 0, 3, 10]),
        "of": st.sampled_from(["all", "related"]),
        "counting": st.sampled_from(["patients", "events"]),
    }
)


RULES = st.builds(lambda limit, named: {**limit, **named}, LIMITS, st.sampled_from(NAMED))


def is_term(rule: dict[str, Any], term: str | None) -> set[bool]:
    """Whether the term is one of the rule's, as far as anybody can tell."""
    if not rule.get("terms") and not rule.get("own_terms"):
        return {True}
    wanted = [*rule.get("terms", ()), *rule.get("own_terms", ())]
    if term in wanted:
        return {True}
    if term in {None, "A word", "Another word"}:
        return {True, False}
    return {NAMES.get(str(term), term) in {NAMES.get(each, each) for each in wanted}}


def completions(event: dict[str, Any]) -> Iterator[list[tuple[date, int]]]:
    """Every way in which the course may have gone; times that contradict its order say nothing."""
    changes = event["grades"] or [{"from": None, "grade": None}]
    days = [days_of(each["from"]) for each in changes]
    ordered = all(first[0] <= second[-1] for first, second in pairwise(days))
    days = days if ordered else [days_of(None) for _ in changes]
    grades = [(3, 4, 5) if each["grade"] is None else (each["grade"],) for each in changes]
    for on in product(*days):
        if not ordered or all(first <= second for first, second in pairwise(on)):
            for reached in product(*grades):
                yield list(zip(on, reached, strict=True))


def may_count(rule: dict[str, Any], event: dict[str, Any], infused: date) -> set[bool]:
    """Whether the event counts, in each of its completions."""
    related = (True, False) if event["related"] is None else (event["related"],)
    last = CUT if rule["within_days"] is None else infused + timedelta(days=rule["within_days"])
    courses = {
        any(
            infused <= on <= last and before < rule["minimum_grade"] <= grade
            for (_, before), (on, grade) in pairwise([(infused, 0), *course])
        )
        for course in completions(event)
    }
    return {
        each and term and (rule["of"] == "all" or relation)
        for each, term, relation in product(courses, is_term(rule, event["term"]), related)
    }


def recorded(rule: dict[str, Any], patient: dict[str, Any]) -> list[dict[str, Any]]:
    """The events, and the death as one of them unless one may be it and is told apart."""
    told: list[dict[str, Any]] = patient["events"]
    if patient["death"] is None:
        return told
    on = patient["death"]["date"]
    fatal = [each["from"] for event in told for each in event["grades"] if each["grade"] == 5]
    alone = (rule["counting"], rule["of"]) == ("patients", "all")
    if not alone and any(set(days_of(each)) & set(days_of(on)) for each in fatal):
        return told
    grades = [{"from": on, "grade": 5}]
    return [*told, {"grades": grades, "term": "Death NOS", "related": None}]


def unseen(rule: dict[str, Any], patient: dict[str, Any]) -> tuple[bool, bool]:
    """Whether nobody knows of a day of the window that is over; whether one is to come."""
    days = rule["within_days"]
    ends = date.max if days is None else days_of(patient["infused"])[-1] + timedelta(days=days)
    known_of, reviewed = CUT, date.fromisoformat(patient["follow_up_until"] or CUT.isoformat())
    if patient["death"] is not None:
        known_of = days_of(patient["death"]["date"])[-1]
    only_death = patient["death"] and rule["minimum_grade"] == 5 and is_term(rule, "-") == {True}
    return reviewed < min(ends, known_of) and not only_death, not patient["death"] and ends > CUT


def counts(rule: dict[str, Any], patient: dict[str, Any]) -> tuple[int, int]:
    """The fewest and the most events that count, over every day of the infusion."""
    found = []
    for infused in days_of(patient["infused"]):
        each = [may_count(rule, event, infused) for event in recorded(rule, patient)]
        found.append((sum(min(one) for one in each), sum(max(one) for one in each)))
    least, most = min(low for low, _ in found), max(high for _, high in found)
    return (min(least, 1), min(most, 1)) if rule["counting"] == "patients" else (least, most)


@SPARING
@given(
    LIMITS,
    st.lists(st.sampled_from(["CRS", "Sepsis", "Sepsys", "CRS.", "Death"]), min_size=1),
    patients(),
)
def test_a_rule_names_only_terms_that_are_known(
    limit: dict[str, Any], terms: list[str], told: list[dict[str, Any]]
) -> None:
    unknown = [place for place, term in enumerate(terms) if term not in {"CRS", "Sepsis"}]
    try:
        decided(*told, rule=limit, terms=terms, as_of=CUT.isoformat())
        found = []
    except NotOfThisDesign as error:
        found = [fault.pointer for fault in error.faults]
    assert found == [f"/rule/terms/{place}" for place in unknown]


@given(LIMITS, long_courses(), st.sampled_from([*DAYS, None]))
def test_an_event_counts_for_certain_where_it_does_in_every_course(
    limit: dict[str, Any], course: list[dict[str, Any]], infused: date | None
) -> None:
    event = {"id": "1", "grades": course, "related": True, "term": None}
    told = {"id": "P", "infused": infused and infused.isoformat(), "death": None}
    got = decided(told | {"events": [event]}, rule=limit, as_of=CUT.isoformat())
    expected = counts(limit, told | {"events": [event]})
    assert (got.certain_count, got.possible_count) == expected


@SPARING
@given(RULES, patients())
def test_a_decision_is_that_of_every_completion(
    rule: dict[str, Any], told: list[dict[str, Any]]
) -> None:
    got = decided(*told, rule=rule, as_of=CUT.isoformat())
    found = [(*counts(rule, patient), *unseen(rule, patient)) for patient in told]
    patients_count, limit = rule["counting"] == "patients", rule["at_least"]
    least = sum(low for low, *_ in found)
    # A patient counts once; of events that nobody saw there may be any number.
    more = 1 if patients_count else limit
    by_now = [high + more * lost for _, high, lost, _ in found]
    ahead = [high + more * (lost or later) for _, high, lost, later in found]
    if patients_count:
        by_now, ahead = ([min(1, each) for each in most] for most in (by_now, ahead))
    assert got.certain_count == least
    if not any(lost for _, _, lost, _ in found):
        assert got.possible_count == sum(high for _, high, *_ in found)

    def judged(most: int) -> str:
        return "stop" if least >= limit else "undetermined" if most >= limit else "continue"

    expected = judged(sum(ahead))
    assert got.decision == expected
    assert got.certain is (expected != "undetermined")
    assert bool(got.missing or got.open) is (expected == "undetermined")
    if judged(sum(by_now)) == "undetermined":
        assert got.missing
    stands = {"stop": "yes", "continue": "no", "undetermined": "unknown"}
    assert got.reached == stands[judged(sum(by_now))]


@SPARING
@given(RULES, patients(), st.data())
def test_another_event_never_turns_stop_into_continue(
    rule: dict[str, Any], told: list[dict[str, Any]], data: st.DataObject
) -> None:
    more: dict[str, Any] = {
        "id": "more",
        "infused": FIRST.isoformat(),
        "death": None,
        "events": [],
    }
    # Where a death is told apart from events, another event may tell more of it.
    alone = (rule["counting"], rule["of"]) == ("patients", "all")
    told = [each if alone else each | {"death": None} for each in told]
    before = decided(*told, rule=rule, as_of=CUT.isoformat())
    longer = [dict(each) for each in [*told, more]]
    chosen = data.draw(st.sampled_from(longer))
    chosen["events"] = [*chosen["events"], {"id": "new", **data.draw(events())}]
    after = decided(*longer, rule=rule, as_of=CUT.isoformat())
    assert ORDER[before.decision] <= ORDER[after.decision]
    assert before.certain_count <= after.certain_count


@SPARING
@given(RULES, patients(), st.sampled_from(DAYS), st.sampled_from(DAYS))
def test_a_decision_that_is_certain_stands_for_ever(
    rule: dict[str, Any], told: list[dict[str, Any]], first: date, second: date
) -> None:
    # Whole records only: what a later cut lets in was known to be coming.
    whole = [
        patient
        | {
            "infused": DAYS[0].isoformat(),
            "follow_up_until": None,
            "death": None,
            "events": [
                each
                | {
                    "grades": [
                        change | {"from": change["from"] or "2026-03-29"}
                        for change in each["grades"]
                        if change["from"] != "2026-04"
                    ][:1]
                    or [{"from": "2026-03-30", "grade": 4}]
                }
                for each in patient["events"]
            ],
        }
        for patient in told
    ]
    early, late = sorted((first, second))
    before = decided(*whole, rule=rule, as_of=early.isoformat())
    after = decided(*whole, rule=rule, as_of=late.isoformat())
    if before.certain:
        assert after.decision == before.decision
