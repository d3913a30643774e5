"""A decision table in words: each design's, its limits at both sides, CSV, and what made it."""

import csv
from io import StringIO
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.cohort.design import Decision
from app.use_cases.design_tables import (
    ACROSS,
    WORDS,
    as_csv,
    blocks,
    limits_of,
    patients_of,
    printed,
    published,
)
from app.use_cases.designs import table_of
from tests.use_cases.design_requests import DESIGNS, asked, kinds

BOIN = DESIGNS["boin"]
NO_BREAK = "\N{NO-BREAK SPACE}"


def limits(design: dict[str, Any], max_n: int = 18) -> dict[str, dict[int, int | None]]:
    """The limits by heading and number of patients."""
    request = asked(design, max_n)
    found = limits_of(request.design, table_of(request))
    return {
        heading.replace(NO_BREAK, " "): {n: numbers[place] for n, numbers in found.rows}
        for place, heading in enumerate(found.headings)
    }


def test_every_kind_of_design_is_tried() -> None:
    assert DESIGNS.keys() == kinds()


def test_every_decision_has_letters_of_its_own() -> None:
    assert WORDS.keys() == set(get_args(Decision))
    assert len({each.letters for each in WORDS.values()}) == len(WORDS)


@pytest.mark.parametrize("kind", DESIGNS)
def test_each_design_is_named_with_its_papers(kind: str) -> None:
    found = published(asked(DESIGNS[kind]).design)
    assert found.name
    assert bool(found.sources) == (kind != "table")


@pytest.mark.parametrize(
    ("variant", "year"), [("lin-yuan-2020", "2020;21"), ("yuan-2018", "2018;24")]
)
def test_the_formula_of_tite_boin_is_that_of_its_paper(variant: str, year: str) -> None:
    (source,) = published(asked({**DESIGNS["tite-boin"], "variant": variant}).design).sources
    assert year in source


def test_the_limits_of_boin_are_the_published_ones() -> None:
    """Liu & Yuan 2015, target 0.3, cohorts of three."""
    cohorts = (3, 6, 9, 12, 15, 18)
    found = {heading: tuple(each[n] for n in cohorts) for heading, each in limits(BOIN).items()}
    assert found == {
        "Escalate if DLTs ≤": (0, 1, 2, 2, 3, 4),
        "De-escalate if DLTs ≥": (2, 3, 4, 5, 6, 7),
        "Eliminate the level if DLTs ≥": (3, 4, 5, 7, 8, 9),
    }


def test_nothing_is_eliminated_before_three_patients() -> None:
    eliminated = limits(BOIN)["Eliminate the level if DLTs ≥"]
    assert [eliminated[n] for n in (1, 2, 3)] == [None, None, 3]


def test_the_rule_for_extra_safety_stops_earlier_and_only_where_it_is_asked_for() -> None:
    heading = "At the lowest level, stop the trial if DLTs ≥"
    safe = limits({**BOIN, "extra_safe": True})
    assert heading not in limits(BOIN)
    assert [safe[heading][n] for n in (2, 3, 6)] == [None, 2, 4]
    assert safe["Eliminate the level if DLTs ≥"][3] == 3
    strict = limits({**BOIN, "extra_safe": True, "offset": 0})
    assert strict[heading] == strict["Eliminate the level if DLTs ≥"]


def test_three_plus_three_has_limits_only_of_full_cohorts() -> None:
    found = limits(DESIGNS["3+3"])
    assert found == {
        "Escalate if DLTs ≤": {1: None, 2: None, 3: 0, 4: None, 5: None, 6: 1},
        "The level exceeds the MTD if DLTs ≥": {1: None, 2: 2, 3: 2, 4: 2, 5: 2, 6: 2},
    }


def test_a_table_that_closes_in_two_words_has_one_limit_of_both() -> None:
    found = limits(DESIGNS["table"])
    assert found["De-escalate if DLTs ≥"] == {3: 2, 6: 3}
    assert found["Close the level if DLTs ≥"] == {3: 3, 6: 3}


def test_a_table_that_never_escalates_has_no_limit_of_it() -> None:
    stays = {"kind": "table", "rows": [{"n": 1, "decisions": ["stay", "stay"]}]}
    assert limits(stays) == {}


@pytest.mark.parametrize("kind", DESIGNS)
@given(max_n=st.integers(1, 30))
def test_the_limits_tell_the_table(kind: str, max_n: int) -> None:
    """A number of DLTs is on one side of a limit or on the other, as its decision is."""
    assume(kind != "table" or max_n >= 3)  # it has no row before
    request = asked(DESIGNS[kind], max_n)
    table = table_of(request)
    found = limits_of(request.design, table)
    sides = {
        "Escalate": ("escalate",),
        "De-escalate": ("de_escalate", "eliminate", "exceeds_mtd"),
        "Eliminate the level": ("eliminate",),
        "The level exceeds the MTD": ("exceeds_mtd",),
        "Close the level": ("eliminate", "exceeds_mtd"),
    }
    for row, (n, numbers) in zip(table.rows, found.rows, strict=True):
        assert row.n == n
        for heading, limit in zip(found.headings, numbers, strict=True):
            name, _, sign = heading.replace(NO_BREAK, " ").partition(" if DLTs ")
            for dlts, decision in enumerate(row.decisions):
                beyond = limit is not None and (dlts <= limit if sign == "≤" else dlts >= limit)
                assert beyond == (decision in sides[name]), (n, dlts, heading)


@pytest.mark.parametrize("kind", DESIGNS)
def test_csv_has_a_line_for_each_decision_and_no_other_words(kind: str) -> None:
    table = table_of(asked(DESIGNS[kind]))
    text = as_csv(table)
    assert text.endswith("\r\n")
    assert text.count("\n") == text.count("\r\n")
    header, *lines = csv.reader(StringIO(text, newline=""), strict=True)
    assert header == ["n", "dlts", "decision"]
    assert lines == [
        [str(row.n), str(dlts), each]
        for row in table.rows
        for dlts, each in enumerate(row.decisions)
    ]
    assert {decision for _, _, decision in lines} <= WORDS.keys()


def test_a_table_names_all_that_made_it() -> None:
    table = printed(asked({**BOIN, "phi2": 0.45}, 6))
    assert dict(table.parameters) == {
        "kind": "boin",
        "target": "0.3",
        "cutoff_eliminate": "0.95",
        "extra_safe": "false",
        "offset": "0.05",
        "bound_mtd": "false",
        "cohort_size": "none",
        "phi1": "0.6 of the target",
        "phi2": "0.45",
        "max_n": "6",
    }
    assert table.boundaries is not None
    assert table.boundaries.lambda_e == pytest.approx(0.2364907)


def test_the_rows_of_a_protocols_table_are_not_told_twice() -> None:
    assert "rows" not in dict(printed(asked(DESIGNS["table"])).parameters)


def test_defaults_written_out_or_left_out_have_one_digest_and_others_another() -> None:
    plain = printed(asked(BOIN)).digest
    assert plain.startswith("sha256:")
    assert printed(asked({**BOIN, "cutoff_eliminate": 0.95})).digest == plain
    assert printed(asked({**BOIN, "cutoff_eliminate": 0.96})).digest != plain
    assert printed(asked(BOIN, 17)).digest != plain


@pytest.mark.parametrize(
    ("kind", "max_n", "patients", "ends"),
    [
        ("boin", 18, "1 to 18 patients", None),
        ("boin", 1, "1 patient", None),
        ("3+3", 6, "1 to 6 patients", None),
        ("3+3", 7, "1 to 6 patients", "more than 6 patients"),
        ("table", 5, "3 patients", "more than 3 patients"),
        ("table", 6, "3 and 6 patients", None),
    ],
)
def test_it_says_of_how_many_patients_it_decides(
    kind: str, max_n: int, patients: str, ends: str | None
) -> None:
    table = printed(asked(DESIGNS[kind], max_n))
    assert table.patients == patients
    _, *others = table.notes
    assert len(others) == (ends is not None)
    assert all(ends is not None and ends in note for note in others)


@pytest.mark.parametrize(("max_n", "sizes"), [(20, [20]), (21, [20, 1]), (41, [20, 20, 1])])
def test_rows_stand_beside_each_other_as_far_as_they_fit(max_n: int, sizes: list[int]) -> None:
    rows = table_of(asked(BOIN, max_n)).rows
    parts = list(blocks(rows))
    assert ACROSS == 20
    assert [len(part) for part in parts] == sizes
    assert [row for part in parts for row in part] == list(rows)
    assert patients_of(parts[-1]).endswith(f"{max_n} patients")
