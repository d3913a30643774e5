"""Any adverse event that the record can hold, every field of it."""

from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.case import AdverseEvent, Name, Seriousness, Text
from app.interchange.exports.events import ExportedEvent
from tests.interchange.exports.drawn import GRADES, TEXTS, TIMES, VERDICT, recorded

_NAME: Final[TypeAdapter[str]] = TypeAdapter(Name)
_TEXT: Final[TypeAdapter[str]] = TypeAdapter(Text)
WORDS: Final = ("unrelated", "unlikely", "possible", "probable", "definite")
FLAGS: Final = st.sampled_from((None, True, False))
NAMES: Final = st.one_of(
    TEXTS,
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
    .map(_NAME.validate_python),
)
LONG_TEXTS: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(
    _TEXT.validate_python
)
SOME_TIME: Final = TIMES.filter(bool)


def told(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """An object with these fields."""
    return st.fixed_dictionaries(fields)


def several(of: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    """Some of them, perhaps none, and perhaps one twice."""
    return st.lists(of, max_size=most).flatmap(
        lambda some: st.sampled_from((some, [*some, *some[:1]]))
    )


INTERVENTIONS: Final = several(NAMES | told(kind=NAMES, start=TIMES, end=TIMES, ongoing=FLAGS))
SERIOUSNESS: Final = told(**dict.fromkeys(Seriousness.__dataclass_fields__, FLAGS))
BESIDE: Final[dict[str, st.SearchStrategy[Any]]] = {
    "interventions": st.none() | INTERVENTIONS,
    "facts": st.dictionaries(
        NAMES, FLAGS | LONG_TEXTS | st.integers(-9, 9) | st.just("38.50 Cel"), max_size=3
    ),
    "causality": several(
        told(
            agent=st.just("IC19") | NAMES,
            relatedness=st.sampled_from((None, *WORDS)),
            assessor=st.sampled_from((None, "investigator", "sponsor")) | NAMES,
            on=TIMES,
        )
    ),
    "alternative_causes": st.none()
    | several(told(cause=NAMES, assessor=st.none() | NAMES, on=TIMES)),
    "baseline_grade": GRADES,
    "assessments": several(told(on=SOME_TIME, grade=GRADES)),
    "reported_grades": several(
        told(grade=GRADES, scale=st.none() | NAMES, source=st.none() | NAMES, on=TIMES)
    ),
    "laboratory": FLAGS,
    "clinically_significant": FLAGS,
    "significance": st.none() | told(value=FLAGS, assessor_role=st.none() | NAMES, on=TIMES),
    "other_crs_symptoms": st.none() | several(LONG_TEXTS),
    "seriousness": st.none() | SERIOUSNESS,
}
"""What is recorded of an event beside its course, but for its links to others."""


@st.composite
def events(draw: st.DrawFn) -> ExportedEvent:
    """Any event of a patient whose other events have the keys `edc:AE-0` to `edc:AE-3`."""
    ongoing = draw(FLAGS)
    links = st.none() | st.sampled_from(("AE-0", "edc:AE-1", "AE-2", "lims:AE-9", "AE-7"))
    return recorded(
        *draw(st.lists(st.tuples(GRADES, TIMES), max_size=4)),
        subject=draw(st.sampled_from(("S-01", "S-02"))),
        verdict=draw(st.sampled_from((None, VERDICT))),
        term=draw(NAMES | st.just("Event without a term")),
        meddra_code=draw(st.none() | st.integers(0, 2**53 - 1)),
        ongoing=ongoing,
        ongoing_as_of=draw(SOME_TIME if ongoing else TIMES),  # an export always says as of when
        worst_grade=draw(GRADES),
        part_of=draw(links),
        synonym_of=draw(links),
        **{name: draw(each) for name, each in BESIDE.items()},
    )


def as_it_returns(each: ExportedEvent, named: dict[str, str]) -> AdverseEvent:
    """An event as it has to come back, where others are called as in `named`, by their keys here.

    That nothing is said of any criterion of seriousness comes back as no word of it.
    """
    event = each.event
    serious = None if event.seriousness == Seriousness() else event.seriousness
    system = each.key.partition(":")[0]

    def link(name: str | None) -> str | None:
        if name is None:
            return None
        return named.get(name) or named.get(f"{system}:{name}") or name

    return replace(
        event,
        seriousness=serious,
        part_of=link(event.part_of),
        synonym_of=link(event.synonym_of),
    )
