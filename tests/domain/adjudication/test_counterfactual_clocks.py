"""What would have changed a verdict by a clock: from where it counts, and what it adds up."""

import pytest

from app.domain.case import Exposure
from app.domain.time import PartialTime
from tests.builders import event
from tests.domain.adjudication.test_counterfactual import told
from tests.domain.dlt.toy import clause, toy

FIRST = Exposure(agent="IC19", start=PartialTime("2026-03-01T10:00+08:00"))
AGAIN = Exposure(agent="IC19", start=PartialTime("2026-03-15T10:00+08:00"))
UNDATED = Exposure(agent="IC19", start=None)


@pytest.mark.parametrize(
    ("counted_from", "by"),
    [("onset", "2026-03-24"), ("infusion", "2026-03-22"), ("first_infusion", None)],
)
def test_a_limit_is_counted_from_where_the_rules_say(counted_from: str, by: str | None) -> None:
    """The last day within 7 days; that of the first infusion lies before the onset."""
    limit = {"recovers": {"to": 2, "within": "P7D", "counted_from": counted_from}}
    protocol = toy(
        criteria=[clause("grade-3", grade=3)],
        exceptions=[clause("back", when={"always": True}, limit=limit)],
    )
    course = event("Lung infection", (3, "2026-03-17"), (2, "2026-03-26"))
    verdict, sentences = told(course, protocol=protocol, exposures=(FIRST, AGAIN))
    said = [each for each in sentences if "documented" in each]
    expected = f"would not be a DLT if recovery to grade 2 or less had been documented by {by}"
    assert (verdict, said) == ("DLT", [expected] if by else [])


def test_an_infusion_at_an_unknown_time_counts_no_clock() -> None:
    limit = {"lasts": {"grade": 3, "longer_than": "P7D", "counted_from": "infusion"}}
    protocol = toy(criteria=[clause("grade-3", grade=3, when=limit)])
    course = event("Lung infection", (3, "2026-03-17"), (2, "2026-03-26"))
    verdict, sentences = told(course, protocol=protocol, exposures=(FIRST, UNDATED))
    assert verdict == "DLT"  # it lasted 9 days after the last day that the infusion may have been
    assert [each for each in sentences if "documented" in each] == []
    far = event("Lung infection", (3, "2026-03-02"), (2, "2026-03-26"))
    verdict, sentences = told(far, protocol=protocol, exposures=(FIRST,))
    assert verdict == "DLT"
    assert sentences[0] == (
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-08"
    )


def test_a_limit_that_has_to_be_reached() -> None:
    protocol = toy(criteria=[clause("grade-3", grade=3, at_least="P7D")])
    at_it = event("Lung infection", (3, "2026-03-05"), (2, "2026-03-12"))
    assert told(at_it, protocol=protocol)[1][0] == (
        "would not be a DLT if recovery to grade 2 or less had been documented by 2026-03-11"
    )


@pytest.mark.parametrize(("limit", "by"), [("PT1M", None), ("PT2M", "2026-03-05 10:01 +08:00")])
def test_no_minute_lies_between_an_onset_and_a_limit_of_one(limit: str, by: str | None) -> None:
    protocol = toy(criteria=[clause("grade-3", grade=3, at_least=limit)])
    course = event("Lung infection", (3, "2026-03-05T10:00+08:00"), (2, "2026-03-05T10:05+08:00"))
    verdict, sentences = told(course, protocol=protocol)
    said = [each for each in sentences if "documented" in each]
    expected = f"would not be a DLT if recovery to grade 2 or less had been documented by {by}"
    assert (verdict, said) == ("DLT", [expected] if by else [])


def test_of_a_total_no_one_stretch_is_told() -> None:
    limit = {"lasts": {"grade": 3, "longer_than": "P7D", "total": True}}
    protocol = toy(criteria=[clause("grade-3", grade=3, when=limit)])
    course = event(
        "Lung infection",
        (3, "2026-03-05"),
        (2, "2026-03-10"),
        (3, "2026-03-12"),
        (1, "2026-03-17"),
    )
    verdict, sentences = told(course, protocol=protocol)
    assert verdict == "DLT"
    assert [each for each in sentences if "documented" in each] == []
