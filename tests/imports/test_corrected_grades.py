"""A row per grade whose grade or start is corrected: instead of the old row, or beside it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.imports.service import SYSTEM, Importing, counts
from tests.interchange.odm_writer import clinical, group, item, odm, subject

HOW: Mapping[str, Any] = {
    "grade_collection": "row_per_grade",
    "episode_end": "grade",
    "forms": {"IG.AE": "AE"},
    "items": {"I.TERM": "AETERM", "I.GRADE": "AETOXGR", "I.START": "AESTDTC"},
}
HEAD = "DOMAIN,USUBJID,AESPID,AEGRPID,AETERM,AETOXGR,AESTDTC,AEENDTC,DLTSTEP\n"
JANUARY, FEBRUARY = "2026-04-01T10:00Z", "2026-05-01T10:00Z"


def rows(*told: str) -> str:
    return HEAD + "".join(f"AE,S-01,{each}\n" for each in told)


def course(importing: Importing) -> list[tuple[str | None, int | None]]:
    (event,) = importing.contents("adverse_event").values()
    return [(each.get("from"), each.get("grade")) for each in event["grades"]]


FIRST = "A1,G1,Nausea,2,2026-03-03,2026-03-05,"
SECOND = "A1,G1,Nausea,{},{},2026-03-09,"


@pytest.mark.parametrize(
    ("grade", "start"), [("3", "2026-03-05"), ("1", "2026-03-06"), ("1", "2026-03-05")]
)
@pytest.mark.parametrize("by", ["extract", "extracted_at"])
def test_a_row_without_a_key_stays_beside_its_correction_and_that_is_told(
    on_sqlite: Importing, by: str, grade: str, start: str
) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(rows(FIRST, SECOND.format(1, "2026-03-05")), **{by: JANUARY})
    on_sqlite.later()
    sent = rows(FIRST, SECOND.format(grade, start)) + "\n"
    job = on_sqlite.sent(sent, **{by: FEBRUARY})
    corrected = (grade, start) != ("1", "2026-03-05")
    assert ("row_perhaps_corrected" in counts(job).get("findings", {})) is corrected
    assert ("2026-03-05", None if grade == "3" else 1) in course(on_sqlite)


def test_grades_that_are_all_sent_again_are_no_corrections(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    on_sqlite.sent(rows(FIRST), extracted_at=JANUARY)
    on_sqlite.later()
    again = rows(FIRST, SECOND.format(2, "2026-03-07"))
    assert "findings" not in counts(on_sqlite.sent(again, extracted_at=FEBRUARY))


def test_a_key_in_the_settings_lets_the_correction_take_the_place(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW, identity={"AE": ("AESPID",)})
    second = SECOND.replace("A1", "A2")
    on_sqlite.sent(rows(FIRST, second.format(1, "2026-03-05")))
    on_sqlite.later()
    on_sqlite.sent(rows(FIRST, second.format(3, "2026-03-06")))
    assert course(on_sqlite)[:3] == [("2026-03-03", 2), ("2026-03-05", None), ("2026-03-06", 3)]


def test_so_does_the_number_of_a_row_of_our_own_exports(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    first, second = "A1#1,G1,Nausea,2,2026-03-03,{},1", "A1#2,G1,Nausea,{},{},,2"
    on_sqlite.sent(rows(first.format("2026-03-05"), second.format(1, "2026-03-05")))
    on_sqlite.later()
    on_sqlite.sent(rows(first.format("2026-03-06"), second.format(3, "2026-03-06")))
    assert course(on_sqlite) == [("2026-03-03", 2), ("2026-03-06", 3)]


def test_so_does_the_repeat_key_of_odm(on_sqlite: Importing) -> None:
    def file(grade: str, start: str) -> bytes:
        told = (item("I.TERM", "Nausea"), item("I.GRADE", grade), item("I.START", start))
        return odm(clinical(subject(group(*told, repeat="1"))))

    on_sqlite.system(**HOW)
    on_sqlite.sent(file("1", "2026-03-05"), "odm-xml")
    on_sqlite.later()
    on_sqlite.sent(file("3", "2026-03-06"), "odm-xml")
    assert course(on_sqlite)[0] == ("2026-03-06", 3)
    assert next(iter(on_sqlite.held("adverse_event"))).startswith(f"{SYSTEM}:P-1|AE|")
