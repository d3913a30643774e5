"""The head of a text, and the parts of a document that stand in one sentence where they stand."""

from typing import Any

import pytest

from tests.domain.dlt.text.reading import below, told
from tests.domain.dlt.toy import clause


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({"registry": "NCT1"}, "Source: NCT1."),
        ({"registry": "NCT1", "updated": "2026-01-15"}, "Source: NCT1, updated 2026-01-15."),
        ({"registry": "NCT1", "section": "Safety"}, "Source: NCT1, Safety."),
        (
            {"registry": "NCT1", "updated": "2026-01", "section": "Safety"},
            "Source: NCT1, updated 2026-01, Safety.",
        ),
    ],
)
def test_the_title_and_its_source(source: dict[str, Any], said: str) -> None:
    title, paragraph = told(source=source).split("\n\n")[:2]
    assert title == "# A toy"
    assert paragraph == f"Protocol TOY, version 1. {said}"


@pytest.mark.parametrize("percent", [0, 30, None])
def test_how_far_a_dose_may_differ_from_its_level(percent: int | None) -> None:
    ladder = {"levels": [{"id": "1", "cells": 25_000_000}], "tolerance_percent": percent}
    said = f"A dose may differ from its level by {percent} %."
    assert (said in told(ladder=ladder)) is (percent is not None)


@pytest.mark.parametrize(("least", "said"), [(0, False), (1, True), (2, True)])
def test_the_least_peak_is_said_from_1_on(least: int, said: bool) -> None:
    text = told(criteria=[clause("c", grade=5, when={"peak": {"at_least": least}})])
    criteria = "\n".join(below(text, "## Criteria"))
    assert (f"{least} or more" in criteria.replace("grade 5 or more", "")) is said
