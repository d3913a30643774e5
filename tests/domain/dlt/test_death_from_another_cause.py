"""Death from another cause under each reading, to the instant: a limit of 72 hours, or 3 days."""

from typing import Any

import pytest

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import EventAdjudication
from tests.builders import event
from tests.domain.dlt.toy import clause, first, patient, toy

BEGAN = "2026-03-05T10:00+08:00"


def protocol(reading: str, limit: str) -> ReadyProtocol:
    criteria = [clause("lasting", grade=3, longer_than=limit)]
    return toy(criteria=criteria, clocks={"death_from_another_cause": reading})


EXCEEDS = {limit: protocol("exceeds_limit", limit) for limit in ("PT72H", "P3D")}
ENDS = {limit: protocol("ends_event", limit) for limit in ("PT72H", "P3D")}


def judged(
    by: ReadyProtocol, death: str, *later: tuple[int, str], **recorded: Any
) -> EventAdjudication:
    case = event("Lung infection", (3, BEGAN), *later, **{"ongoing": True, **recorded})
    return first(by, case, death={"date": death, "cause": "accident"})


class TestExceedsLimit:
    """The grade held until the death, which exceeds every limit that still ran."""

    @pytest.mark.parametrize(
        ("death", "established"),
        [
            ("2026-03-06T09:30+08:00", "2026-03-06T09:30:00+08:00"),
            ("2026-03-06", "2026-03-07T00:00:00+08:00"),
            ("2026-03-08T09:59+08:00", "2026-03-08T09:59:00+08:00"),
            # The limit had run out before the death.
            ("2026-03-08T10:01+08:00", "2026-03-08T10:00:00+08:00"),
            ("2026-03-20", "2026-03-08T10:00:00+08:00"),
        ],
    )
    def test_at_the_instant_of_the_death_or_when_its_day_is_over(
        self, death: str, established: str
    ) -> None:
        found = judged(EXCEEDS["PT72H"], death)
        assert (found.verdict, found.established_at) == ("DLT", established)

    @pytest.mark.parametrize(
        ("death", "established"),
        [
            ("2026-03-06T09:30+08:00", "2026-03-06T09:30:00+08:00"),
            ("2026-03-06", "2026-03-06T00:00:00+08:00"),
        ],
    )
    def test_a_limit_in_days_at_that_instant_or_from_the_beginning_of_its_day(
        self, death: str, established: str
    ) -> None:
        found = judged(EXCEEDS["P3D"], death)
        assert (found.verdict, found.established_at) == ("DLT", established)

    @pytest.mark.parametrize("death", ["2026-03-06T09:30+08:00", "2026-03-06"])
    def test_as_a_death_from_the_event_itself(self, death: str) -> None:
        """Grade 5 at the same time establishes the same."""
        fatal = event("Lung infection", (3, BEGAN), (5, death), ongoing=None)
        by_grade = first(EXCEEDS["PT72H"], fatal, death={"date": death})
        assert by_grade.established_at == judged(EXCEEDS["PT72H"], death).established_at


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("limit", "death", "cut", "established"),
    [
        ("PT72H", "2026-03-06", "2026-03-06T12:00+08:00", "2026-03-06T12:00:00+08:00"),
        ("PT72H", "2026-03-06", "2026-03-06", "2026-03-06T23:59:59.999999+08:00"),
        ("PT72H", "2026-03-06", "2026-03-07", "2026-03-07T00:00:00+08:00"),
        ("P3D", "2026-03", "2026-03-06T12:00+08:00", "2026-03-06T12:00:00+08:00"),
        ("P3D", "2026-03", "2026-03-06", "2026-03-06T23:59:59.999999+08:00"),
        # By the calendar the limit is up at the end of the 8th.
        ("P3D", "2026-03", "2026-03-20", "2026-03-09T00:00:00+08:00"),
        # The month ends before the limit does.
        ("P30D", "2026-03", "2026-04-20", "2026-04-01T00:00:00+08:00"),
    ],
)
@pytest.mark.parametrize("by_grade", [False, True])
def test_a_death_of_a_day_or_month_was_by_the_cut(
    limit: str, death: str, cut: str, established: str, *, by_grade: bool
) -> None:
    """Whenever it was in its day or month, it is known at the cut, so it was before that."""
    fatal: list[tuple[int, str]] = [(5, death)] if by_grade else []
    case = event("Lung infection", (3, BEGAN), *fatal, ongoing=None if by_grade else True)
    died = None if by_grade else {"date": death, "cause": "accident"}
    found = first(protocol("exceeds_limit", limit), case, as_of=cut, death=died)
    assert (found.verdict, found.established_at) == ("DLT", established)


def test_so_was_a_death_that_only_the_term_tells() -> None:
    case = event("Death NOS", (None, "2026-03-06"))
    found = first(EXCEEDS["PT72H"], case, as_of="2026-03-06T12:00+08:00")
    assert (found.verdict, found.established_at) == ("DLT", "2026-03-06T12:00:00+08:00")


@pytest.mark.parametrize("other", ["2026-03-03", "2026-03-20"])
def test_each_of_several_such_deaths_has_its_own_time(other: str) -> None:
    case = event("Death NOS", (None, "2026-03-10"), id="AE-2")
    alone = first(EXCEEDS["PT72H"], case)
    beside = event("Death NOS", (None, other), id="AE-1")
    assert patient(EXCEEDS["PT72H"], beside, case).events[1] == alone
    assert alone.established_at == "2026-03-11T00:00:00+08:00"


class TestEndsEvent:
    """The event was over with the death: as with a recovery at that time, and no later."""

    @pytest.mark.parametrize(
        ("death", "verdict"),
        [
            ("2026-03-08T10:00+08:00", "NOT_DLT"),
            ("2026-03-08T10:01+08:00", "DLT"),
            ("2026-03-07", "NOT_DLT"),
            ("2026-03-08", "UNDETERMINED"),
            ("2026-03-09", "DLT"),
        ],
    )
    def test_72_hours_after_the_beginning(self, death: str, verdict: str) -> None:
        assert judged(ENDS["PT72H"], death).verdict == verdict

    @pytest.mark.parametrize(
        ("death", "verdict"),
        [
            ("2026-03-08", "NOT_DLT"),
            ("2026-03-09", "DLT"),
            ("2026-03-09T00:00+08:00", "DLT"),
            ("2026-03", "UNDETERMINED"),
        ],
    )
    def test_3_days_after_the_beginning(self, death: str, verdict: str) -> None:
        assert judged(ENDS["P3D"], death).verdict == verdict

    @pytest.mark.parametrize("limit", ["PT72H", "P3D"])
    @pytest.mark.parametrize(
        "death", ["2026-03-08T09:59+08:00", "2026-03-08T10:00+08:00", "2026-03-08T10:01+08:00",
                  "2026-03-08T23:59+08:00", "2026-03-09T00:00+08:00"]
    )  # fmt: skip
    def test_as_a_recovery_at_that_instant(self, death: str, limit: str) -> None:
        by = ENDS[limit]
        recovered = first(by, event("Lung infection", (3, BEGAN), (0, death)))
        assert judged(by, death).verdict == recovered.verdict

    @pytest.mark.parametrize(
        ("death", "verdict"),
        [
            ("2026-03-08T10:00+08:00", "NOT_DLT"),
            ("2026-03-08T10:01+08:00", "UNDETERMINED"),
            ("2026-03-07", "NOT_DLT"),
            ("2026-03-08", "UNDETERMINED"),
        ],
    )
    def test_when_the_last_to_be_seen_was_the_beginning(self, death: str, verdict: str) -> None:
        """Over by the death, but nobody recorded when."""
        assert judged(ENDS["PT72H"], death, ongoing=False).verdict == verdict

    @pytest.mark.parametrize(
        ("change", "verdict"),
        [("2026-03-08T10:00+08:00", "NOT_DLT"), ("2026-03-08T10:01+08:00", "DLT")],
    )
    def test_a_change_after_the_death_was_observed_all_the_same(
        self, change: str, verdict: str
    ) -> None:
        assert judged(ENDS["PT72H"], "2026-03-06", (2, change)).verdict == verdict
