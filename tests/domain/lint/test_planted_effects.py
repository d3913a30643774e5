"""Faults that only the evaluator shows: clauses and readings without effect, or at odds."""

import pytest

from app.use_cases.lint import linted_document
from tests.domain.lint.documents import Data, codes, criterion, exception, settled
from tests.domain.lint.planted import Planted, each, is_found, more, read, reading
from tests.domain.lint.test_planted_words import PLANTED as WORDS


def _equal_values(document: Data) -> None:
    criterion(document, "grade-3")["longer_than"] = read(document, "R-SAME", "P7D", "P7D")


def _equal_words(document: Data) -> None:
    reading(document, "R-WORDS", "Seven days.", "seven  days")
    criterion(document, "grade-3")["longer_than"] = {
        "reading": "R-WORDS", "options": {"one": "P7D", "two": "P8D"}
    }  # fmt: skip


def _idle_reading(document: Data) -> None:
    criterion(document, "grade-4")["when"] = read(
        document, "R-IDLE", {"always": True}, {"peak": {"at_least": 4}}
    )


def _torn(document: Data) -> None:
    del exception(document, "syndromes")["replaces"]


SEIZURE = {"all": [{"term": "Seizure"}, {"peak": {"at_most": 3}}]}


PLANTED = (
    # clauses without effect
    Planted(
        "an exemption of a grade below the criteria",
        lambda d: exception(d, "liver")["when"]["all"][1].update(peak={"at_most": 2}),
        "inert_exception",
        "/dlt/exceptions/1",
    ),
    Planted(
        "an exemption of what is forgiven anyway",
        lambda d: exception(d, "liver")["limit"]["lasts"].update(no_longer_than="P3D"),
        "inert_exception",
        "/dlt/exceptions/1",
    ),
    Planted(
        "an exemption that stands twice",
        lambda d: more(
            d,
            "exceptions",
            when=exception(d, "liver")["when"],
            limit=exception(d, "liver")["limit"],
        ),
        "inert_exception",
        "/dlt/exceptions/3",
        counted=True,
    ),
    Planted(
        "an exemption for nobody",
        lambda d: exception(d, "liver").update(when={"always": False}),
        "inert_exception",
        "/dlt/exceptions/1",
        counted=True,
    ),
    Planted(
        "a copied criterion with a longer limit",
        lambda d: more(d, "criteria", grade=3, longer_than="P10D"),
        "shadowed_criterion",
        "/dlt/criteria/4",
    ),
    Planted(
        "a copied criterion whose limit is a day later and included",
        lambda d: more(d, "criteria", grade=3, at_least="P8D"),
        "shadowed_criterion",
        "/dlt/criteria/4",
    ),
    Planted(
        "an exemption of what ends too soon after the infusion to matter",
        lambda d: exception(d, "liver")["limit"].update(
            lasts={"grade": 3, "shorter_than": "P8D", "counted_from": "first_infusion"}
        ),
        "inert_exception",
        "/dlt/exceptions/1",
    ),
    Planted(
        "an exemption of a total that is forgiven stretch by stretch",
        lambda d: exception(d, "liver")["limit"]["lasts"].update(no_longer_than="P7D", total=True),
        "inert_exception",
        "/dlt/exceptions/1",
    ),
    Planted(
        "a criterion above another",
        lambda d: more(d, "criteria", grade=5),
        "shadowed_criterion",
        "/dlt/criteria/4",
        counted=True,
    ),
    Planted(
        "a copied criterion of one term",
        lambda d: more(d, "criteria", grade=3, longer_than="P2D", when={"term": "Seizure"}),
        "shadowed_criterion",
        "/dlt/criteria/4",
    ),
    Planted(
        "conditions that never meet",
        lambda d: more(
            d, "criteria", grade=3, when={"all": [{"term": "Seizure"}, {"group": "liver"}]}
        ),
        "criterion_never_holds",
        "/dlt/criteria/4",
    ),
    Planted(
        "replaces what it would forgive alike",
        lambda d: exception(d, "liver").update(replaces=["grade-3"]),
        "replaces_without_effect",
        "/dlt/exceptions/1/replaces",
        "note",
        counted=True,
    ),
    Planted(
        "takes out what cannot be",
        lambda d: d["dlt"]["counts"].update(
            unless={"all": [{"laboratory": True}, {"laboratory": False}]}
        ),
        "unless_without_effect",
        "/dlt/counts/unless",
        counted=True,
    ),
    # clauses against each other
    Planted(
        "forgives what a criterion names",
        lambda d: more(d, "exceptions", when=SEIZURE),
        "contradiction",
        "/dlt/exceptions/3",
    ),
    Planted(
        "forgives a while of what a criterion names",
        lambda d: more(
            d, "exceptions", when=SEIZURE, limit={"lasts": {"grade": 3, "no_longer_than": "P5D"}}
        ),
        "contradiction",
        "/dlt/exceptions/3",
    ),
    Planted(
        "a stricter exemption, and no word of what holds",
        _torn,
        "stricter_exemption",
        "/dlt/exceptions/2",
    ),
    # readings
    Planted(
        "a reading that nobody uses",
        lambda d: reading(d, "R-UNUSED", "Yes.", "No."),
        "unused_reading",
        "/readings/1",
        counted=True,
    ),
    Planted(
        "options with equal values",
        _equal_values,
        "identical_options",
        "/readings/1/options",
        counted=True,
    ),
    Planted("options with equal words", _equal_words, "identical_options", "/readings/1/options"),
    Planted(
        "a reading that decides nothing", _idle_reading, "reading_without_effect", "/readings/1"
    ),
    # follow-up
    Planted(
        "a limit longer than the follow-up",
        lambda d: d.update(follow_up="P6D"),
        "limit_beyond_follow_up",
        "/dlt/criteria/1/longer_than",
        counted=True,
    ),
    Planted(
        "a limit that outlasts the follow-up",
        lambda d: d.update(follow_up="P5W"),
        "limit_outlasts_follow_up",
        "/follow_up",
        "note",
    ),
)


@pytest.mark.parametrize("planted", each(PLANTED))
def test_a_planted_fault_is_found(planted: Planted) -> None:
    is_found(planted)


@pytest.mark.no_cover
def test_the_document_without_them_has_no_finding() -> None:
    report = linted_document(settled())
    assert report.findings == ()
    assert report.clean
    assert report.cases > 1000


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ({"no_longer_than": "P40D", "counted_from": "first_infusion"}, []),
        ({"shorter_than": "P15D"}, []),
        # Several stretches of 5 days are forgiven one by one, and are too long together.
        ({"no_longer_than": "P14D", "total": True}, ["stricter_exemption"]),
    ],
)
def test_clocks_that_are_counted_otherwise_are_tried(limit: Data, found: list[str]) -> None:
    document = settled()
    exception(document, "liver")["limit"]["lasts"] = {"grade": 3, **limit}
    assert codes(linted_document(document)) == found


def test_there_are_enough_of_them() -> None:
    names = [one.name for one in (*PLANTED, *WORDS)]
    assert len(set(names)) == len(names) >= 30
