"""SDTM: a row for each grade, each time as it was recorded, our verdict beside it."""

import csv
import json
from io import StringIO
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.interchange.exports.delimited import unguarded
from app.interchange.exports.events import ExportedEvent
from app.interchange.exports.recorded import PARTS
from tests.interchange.exports.drawn import VERDICT, by_patient, events, exported, recorded
from tests.interchange.exports.reading import PAGE

NOTHING = ("", "")


def rows_of(*told: ExportedEvent) -> list[dict[str, str]]:
    """The rows of the export, each cell as the text that it holds."""
    read = csv.DictReader(StringIO(exported("sdtm-csv", *told), newline=""), strict=True)
    return [{name: unguarded(cell) for name, cell in row.items()} for row in read]


def column(name: str, *told: ExportedEvent) -> list[str]:
    return [row[name] for row in rows_of(*told)]


def test_each_grade_is_a_row_and_ends_with_the_next() -> None:
    event = recorded(
        (3, "2026-03-05T09:00+08:00"), (1, "2026-03-07"), (0, "2026-03"), ongoing=False
    )
    times = [(row["AETOXGR"], row["AESTDTC"], row["AEENDTC"]) for row in rows_of(event)]
    assert times == [
        ("3", "2026-03-05T09:00+08:00", "2026-03-07"),
        ("1", "2026-03-07", "2026-03"),
        ("0", "2026-03", ""),
    ]


def test_the_rows_of_an_event_have_its_names_and_numbers_of_the_patient() -> None:
    first, second = recorded((2, None), (3, None)), recorded((1, None), key="lims:7")
    other = recorded((1, None), subject="S-02", key="edc:AE-9")
    names = [
        (row["USUBJID"], row["AESEQ"], row["AESPID"], row["AEGRPID"], row["DLTSTEP"])
        for row in rows_of(first, second, other)
    ]
    assert names == [
        ("S-01", "1", "edc:AE-1#1", "edc:AE-1", "1"),
        ("S-01", "2", "edc:AE-1#2", "edc:AE-1", "2"),
        ("S-01", "3", "lims:7#1", "lims:7", "1"),
        ("S-02", "1", "edc:AE-9#1", "edc:AE-9", "1"),
    ]


def test_what_is_not_known_is_blank() -> None:
    (row,) = rows_of(recorded((None, None)))
    told = {name: cell for name, cell in row.items() if cell}
    assert told == {
        "STUDYID": "IC19-SLE",
        "DOMAIN": "AE",
        "USUBJID": "S-01",
        "AESEQ": "1",
        "AESPID": "edc:AE-1#1",
        "AEGRPID": "edc:AE-1",
        "AETERM": "Fatigue",
        "DLTSTEP": "1",
        "DLTSTEPS": "1",
    }


def test_an_event_without_a_course_has_a_row_all_the_same() -> None:
    assessments = [{"on": "2026-03-05", "grade": 3}, {"on": "2026-03-06", "grade": 2}]
    (row,) = rows_of(recorded(assessments=assessments))
    assert (row["AETOXGR"], row["AESTDTC"], row["DLTSTEPS"]) == ("", "", "0")
    assert json.loads(row["DLTASSM"]) == assessments


def test_what_else_the_record_holds_stands_in_the_first_row_as_it_was_recorded() -> None:
    given = [{"kind": "oxygen", "start": "2026-03-05", "ongoing": True}, {"kind": "surgery"}]
    first, second = rows_of(
        recorded(
            (3, None),
            (1, None),
            interventions=given,
            facts={"symptomatic": False, "name": "疲労"},
            baseline_grade=1,
            laboratory=True,
            part_of="AE-2",
            alternative_causes=[],
        )
    )
    told = {each.variable: first[each.variable] for each in PARTS if first[each.variable]}
    assert told == {
        "DLTINTV": '[{"kind":"oxygen","start":"2026-03-05","ongoing":true},{"kind":"surgery"}]',
        "DLTFACT": '{"symptomatic":false,"name":"疲労"}',
        "DLTBASE": "1",
        "DLTLAB": "Y",
        "DLTPART": "AE-2",
        "DLTALT": "[]",
    }
    assert not any(second[each.variable] for each in PARTS)


def test_the_treatment_stands_in_variables_of_sdtm_too_where_all_of_it_is_known() -> None:
    def treated(**more: Any) -> tuple[str, str]:
        (row,) = rows_of(recorded((3, None), **more))
        return row["AECONTRT"], row["AEACNOTH"]

    assert treated() == ("", "")
    assert treated(interventions=[]) == ("N", "")
    assert treated(interventions=["oxygen", "tocilizumab", "oxygen"]) == (
        "Y",
        "oxygen; tocilizumab",
    )


def test_the_worst_grade_that_a_source_told_stands_in_each_row() -> None:
    rows = rows_of(recorded((None, "2026-03-05"), (3, None), (None, None), worst_grade=3))
    assert [(row["AETOXGR"], row["DLTWORST"]) for row in rows] == [
        ("", "3"),
        ("3", "3"),
        ("", "3"),
    ]


def test_the_last_row_says_whether_the_event_goes_on() -> None:
    def last(grade: int | None, **more: Any) -> tuple[str, str, str]:
        first, row = rows_of(recorded((2, "2026-03-04"), (grade, "2026-03-05"), **more))
        assert (first["AEENRTPT"], first["AEENTPT"], first["AEOUT"]) == ("", "", "")
        return row["AEENRTPT"], row["AEENTPT"], row["AEOUT"]

    assert last(3, ongoing=True, ongoing_as_of="2026-03-08") == ("ONGOING", "2026-03-08", "")
    assert last(3, ongoing=False) == ("BEFORE", "", "")
    assert last(3) == ("", "", "")
    assert last(0, ongoing=False) == ("BEFORE", "", "RECOVERED/RESOLVED")
    assert last(0) == ("", "", "RECOVERED/RESOLVED")
    assert last(0, ongoing=True) == ("ONGOING", "", "")  # which of the two is wrong, nobody knows
    assert last(5) == ("", "", "FATAL")


def test_seriousness_is_yes_by_one_criterion_and_no_only_by_all() -> None:
    names = ("life_threatening", "death", "hospitalisation", "disability", "congenital_anomaly")
    all_but_one = dict.fromkeys(names, False)
    every = {**all_but_one, "medically_important": False}
    assert column("AESER", recorded((1, None), seriousness={"death": True})) == ["Y"]
    assert column("AESER", recorded((1, None), seriousness=every)) == ["N"]
    assert column("AESER", recorded((1, None), seriousness=all_but_one)) == [""]
    assert column("AESER", recorded((1, None))) == [""]
    (row,) = rows_of(recorded((1, None), seriousness={"hospitalisation": True, "death": False}))
    assert (row["AESHOSP"], row["AESDTH"], row["AESLIFE"]) == ("Y", "N", "")


def test_each_agent_has_a_column_for_the_investigator_that_names_it() -> None:
    judged = [
        {"agent": "IC19", "relatedness": "possible", "assessor": "investigator"},
        {"agent": "fludarabine", "relatedness": "unrelated", "assessor": "investigator"},
    ]
    first, second = rows_of(
        recorded((1, None), causality=judged), recorded((1, None), key="edc:AE-2")
    )
    for row in (first, second):
        assert (row["AERELA1"], row["AERELA2"]) == ("IC19", "fludarabine")
    assert (first["AEREL1"], first["AEREL2"]) == ("POSSIBLE", "UNRELATED")
    assert (second["AEREL1"], second["AEREL2"]) == ("", "")


def test_what_others_judged_is_not_told_as_the_investigators() -> None:
    judged = [
        {"agent": "IC19", "relatedness": "unlikely", "assessor": "sponsor"},
        {"agent": "IC19", "relatedness": "possible"},
    ]
    (row,) = rows_of(recorded((1, None), causality=judged))
    assert not any(name.startswith("AEREL") for name in row)
    assert [(row[f"DLTREL{n}"], row[f"DLTRAG{n}"], row[f"DLTRBY{n}"]) for n in (1, 2)] == [
        ("POSSIBLE", "IC19", ""),
        ("UNLIKELY", "IC19", "sponsor"),
    ]


def test_judgements_of_one_assessor_that_differ_both_stand_there() -> None:
    judged = [
        {"agent": "IC19", "relatedness": each, "assessor": "investigator"}
        for each in ("possible", "unrelated", "possible")
    ]
    assert column("AEREL1", recorded((1, None), causality=judged)) == ["POSSIBLE / UNRELATED"]


def test_the_verdict_stands_in_each_row_of_the_event() -> None:
    rows = rows_of(recorded((3, "2026-03-05"), (2, "2026-03-06"), verdict=VERDICT))
    for row in rows:
        assert {name: row[name] for name in row if name.startswith("DLT")} == {
            "DLTSTEP": row["DLTSTEP"],
            "DLTSTEPS": "2",
            "DLTWORST": "",
            **dict.fromkeys((each.variable for each in PARTS), ""),
            "DLTVERD": "PENDING",
            "DLTCRIT": "grade-3-beyond-72h",
            "DLTEXC": "",
            "DLTESTAB": "",
            "DLTWHEN": "2026-03-08T09:00:00+08:00",
            "DLTOPEN": "Y",
            "DLTMISS": "recovery; causality",
            "DLTREF": "N",
            "DLTASOF": "2026-03-06T00:58:00Z",
            "DLTADJ": "00000000-0000-4000-8000-000000000007",
            "DLTPROT": "NCT06886919",
            "DLTPVER": "1",
        }


@settings(max_examples=40)
@given(st.lists(events(), max_size=4).map(by_patient))
def test_every_course_can_be_read_from_its_rows_as_it_was_recorded(
    told: list[ExportedEvent],
) -> None:
    rows = rows_of(*told)
    for each in told:
        grades = each.event.grades
        own = rows[: max(len(grades), 1)]
        rows = rows[len(own) :]
        assert {row["AETERM"] for row in own} == {each.event.term}
        assert {row["AEGRPID"] for row in own} == {each.key}
        written = [(row["AESTDTC"], row["AETOXGR"]) for row in own]
        of_course = [
            (
                change.at.text if change.at else "",
                "" if change.grade is None else str(change.grade),
            )
            for change in grades
        ]
        assert written == (of_course or [NOTHING])
        assert [row["AEENDTC"] for row in own] == [*(at for at, _ in written[1:]), ""]
        assert [int(row["DLTSTEP"]) for row in own] == [*range(1, len(own) + 1)]
    assert rows == []


def test_the_page_says_which_field_stands_in_which_column() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    for each in PARTS:
        told = [line for line in lines if line.startswith("| `") and f"`{each.variable}`" in line]
        assert [f"`{each.name}`" in line for line in told] == [True]
