"""Publications with the facts of CTCAE, and sentences of our own in the place of NCI's."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from app.data.dictionaries import load
from tests.data.workbooks import HEADER, Cell, workbook


def sentence(name: str, grade: int) -> str:
    """What stands for NCI's description of a grade."""
    return f"{name}, as bad as {grade}."


@cache
def _rows(dictionary_id: str) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            term.code,
            term.organ_class,
            term.name,
            *(sentence(term.name, g) if g in term.grades else None for g in range(1, 6)),
            f"What {term.name} is.",
            None,
        )
        for term in load(dictionary_id).terms
    )


def rows(dictionary_id: str = "ctcae-5.0") -> list[list[Cell]]:
    """A row for each term, in the columns of HEADER."""
    return [list(row) for row in _rows(dictionary_id)]


def as_json(of: Sequence[Sequence[Cell]], edit: Callable[[Any], Any] = lambda each: each) -> bytes:
    """The rows in the JSON form."""
    entries = [
        {
            "meddra_code": row[0],
            "soc": row[1],
            "term": row[2],
            "grades": {str(g): row[2 + g] for g in range(1, 6)},
            "definition": row[8],
            "navigational_note": row[9],
        }
        for row in of
    ]
    return json.dumps(edit(entries)).encode()


def as_workbook(of: Sequence[Sequence[Cell]], header: Sequence[Cell] = HEADER) -> bytes:
    """The rows in a workbook, behind a sheet that says what it is."""
    return workbook({"Read me": [["CTCAE"]], "Terms": [header, *of]})
