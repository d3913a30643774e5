"""Adverse events for exports: one that a test spells out, and any that the record can hold."""

from collections.abc import Iterable
from typing import Any, Final

from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.case import AdverseEvent
from app.interchange.exports import ExportFormat, Made, written
from app.interchange.exports.events import EventVerdict, ExportedEvent, reckoned

MADE: Final = Made(study="IC19-SLE", at="2026-04-02T01:00:00Z", version="0.1.0")
VERDICT: Final = EventVerdict(
    verdict="PENDING",
    criterion="grade-3-beyond-72h",
    exception=None,
    established_at=None,
    becomes_dlt_at="2026-03-08T09:00:00+08:00",
    open=True,
    missing=("recovery", "causality"),
    refer_to_committee=False,
    adjudication="00000000-0000-4000-8000-000000000007",
    as_of="2026-03-06T00:58:00Z",
    protocol="NCT06886919",
    protocol_version="1",
)
_EVENT: Final = TypeAdapter(AdverseEvent)


def recorded(
    *changes: tuple[int | None, str | None],
    subject: str = "S-01",
    key: str = "edc:AE-1",
    verdict: EventVerdict | None = None,
    **more: Any,
) -> ExportedEvent:
    """An event with these grade changes, as the record holds it."""
    grades = [{"from": at, "grade": grade} for grade, at in changes]
    event = _EVENT.validate_python({"term": "Fatigue", "grades": grades, **more})
    return ExportedEvent(study="IC19-SLE", subject=subject, key=key, event=event, verdict=verdict)


def exported(wanted: ExportFormat, *events: ExportedEvent) -> str:
    """An export of these events."""
    return "".join(written(wanted, events, reckoned(events), MADE))


TEXTS: Final = (
    st.text("=+-@'\"\t,;|疲労é＝Aa0 \n", min_size=1, max_size=12)  # noqa: RUF001
    .map(lambda text: "".join(text.split("\n")).replace("\t", "").strip())
    .filter(bool)
)
"""Names with whatever a cell could be mistaken for."""

TIMES: Final = st.sampled_from(
    (
        None,
        "2026",
        "2026-03",
        "2026---05",
        "2026-03-05",
        "2026-03-05T09",
        "2026-03-05T09:00",
        "2026-03-05T09:00+08:00",
        "2026-03-05T09:00:30,5+08",
        "2026-03-05T01:00:30Z",
    )
)
GRADES: Final = st.none() | st.integers(0, 5)


@st.composite
def events(draw: st.DrawFn) -> ExportedEvent:
    """Any event: a course in any order, any flags, several judges, with a verdict or without."""
    changes = draw(st.lists(st.tuples(GRADES, TIMES), max_size=5))
    judged = st.fixed_dictionaries(
        {
            "agent": TEXTS,
            "relatedness": st.sampled_from((None, "unrelated", "possible", "definite")),
            "assessor": st.sampled_from((None, "investigator", "sponsor")),
        }
    )
    ongoing = draw(st.sampled_from((None, True, False)))
    until = draw(TIMES.filter(bool) if ongoing else TIMES)  # an export always says as of when
    return recorded(
        *changes,
        subject=draw(st.sampled_from(("S-01", "S-02"))),
        key=f"edc:{draw(TEXTS)}",
        verdict=draw(st.sampled_from((None, VERDICT))),
        term=draw(TEXTS),
        meddra_code=draw(st.none() | st.integers(0, 99_999_999)),
        ongoing=ongoing,
        ongoing_as_of=until,
        worst_grade=draw(st.none() | st.integers(1, 4)),
        causality=draw(st.lists(judged, max_size=3)),
    )


def by_patient(events: Iterable[ExportedEvent]) -> list[ExportedEvent]:
    """The events in the order in which exports are given them."""
    return sorted(events, key=lambda each: each.subject)
