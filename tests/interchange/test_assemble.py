"""The rows of a patient together: nothing is lost, and neither order nor numbering matters."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.record.documents import read_document, write_document
from app.domain.record.kinds import SCHEMA_NUMBER, RecordId
from app.domain.record.row_findings import ROW_CODES
from app.domain.source_system import SourceSystem
from app.interchange.assemble import assemble
from app.interchange.made import HeldRow
from app.interchange.rows import Domain
from tests.interchange.event_rows import (
    PER_GRADE,
    WORST,
    ae,
    codes,
    event,
    events,
    held,
    record,
    row_codes,
)


def supplement(key: str = "s1", value: str = "1", **more: Any) -> HeldRow:
    cells = {"RDOMAIN": "AE", "IDVAR": "AESEQ", "IDVARVAL": value, "QNAM": "AETRTEM", "QVAL": "Y"}
    return held("SUPPAE", key, **{**cells, **more})


class TestSequenceNumbers:
    """AESEQ is given anew at each export."""

    def test_name_rows_of_the_same_extract(self) -> None:
        row = ae(start="2026-03-05", grade=1, AESEQ=1, extract="monday")
        assert record([row, supplement(extract="monday")], WORST).rows == ("E1", "s1")

    def test_name_none_of_another(self) -> None:
        rows = [
            ae(start="2026-03-05", grade=1, AESEQ=1, extract="tuesday"),
            supplement(extract="monday"),
        ]
        assert record(rows, WORST).rows == ("E1",)
        assert row_codes(rows, WORST) == [("s1", "supplement_not_linked")]

    def test_alone_change_no_record(self) -> None:
        first = [
            ae(start="2026-03-05", grade=1, AESEQ=1, extract="monday"),
            supplement(value="1", QNAM="AEREL1", QVAL="POSSIBLE", extract="monday"),
        ]
        again = [
            ae(start="2026-03-05", grade=1, AESEQ=7, extract="tuesday"),
            supplement(value="7", QNAM="AEREL1", QVAL="POSSIBLE", extract="tuesday"),
        ]
        assert assemble(first, WORST).made == assemble(again, WORST).made


class TestIds:
    """A record's id does not depend on which of its rows have come."""

    def test_is_that_of_the_group(self) -> None:
        rows = [
            ae("b", "2026-03-05", "2026-03-07", 1, AEGRPID="G"),
            ae("a", "2026-03-07", "", 3, AEGRPID="G"),
        ]
        alone = [record(row, PER_GRADE).record_id for row in rows]
        assert {*alone, record(rows, PER_GRADE).record_id} == {"S-01|AE|AEGRPID|G"}

    def test_of_another_setting_could_have_been_made(self) -> None:
        rows = [ae("a", "2026-03-05", "", 1, AEGRPID="G", AESPID="7")]
        known = assemble(rows, WORST).could_make
        assert known == assemble(rows, PER_GRADE).could_make
        assert {name for kind, name in known if kind == "adverse_event"} == {
            "a", "S-01|AE|AEGRPID|G", "S-01|AE|AESPID|7",
        }  # fmt: skip

    def test_of_cells_that_were_corrected_could_have_been_made(self) -> None:
        row = ae("a", "2026-03-05", "", 1, AEGRPID="G")
        before = replace(row, before=({"AEGRPID": "F"}, {}))
        assert assemble([before], WORST).could_make - assemble([row], WORST).could_make == {
            ("adverse_event", "S-01|AE|AEGRPID|F")
        }
        found = held("FA", "f", FAOBJ="CRS", FATESTCD="HYPOXIA", FAORRES="Y", FADTC="2026-03-05")
        earlier = replace(found, before=({"FAOBJ": "CRS", "FADTC": "2026-03-04"},))
        ids = {name for _, name in assemble([earlier], WORST).could_make}
        assert ids == {"S-01|FA|crs|2026-03-04", "S-01|FA|crs|2026-03-05"}


class TestRemoved:
    def test_rows_make_nothing_but_could_have(self) -> None:
        gone = ae("a", "2026-03-05", "", 1, removed=True)
        made = assemble([gone], WORST)
        assert (made.made, made.findings) == ((), ())
        assert made.could_make == {("adverse_event", "a")}

    def test_rows_leave_the_others_of_their_course(self) -> None:
        rows = [
            ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G"),
            ae("b", "2026-03-07", "", 3, AEGRPID="G", removed=True),
        ]
        assert [change.grade for change in event(rows, PER_GRADE).grades] == [1, None]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (held("FA", "x", FATESTCD="TOXGR", FAOBJ="Fever", FASTRESC="3"), "finding_not_linked"),
        (held("SUPPAE", "x", IDVAR="AESPID", IDVARVAL="9", QNAM="Q"), "supplement_not_linked"),
        (held("SUPPAE", "x", RDOMAIN="CM", IDVAR="AESPID", IDVARVAL="7"), "supplement_not_linked"),
        (held("RELREC", "x", RDOMAIN="CM", IDVAR="CMSPID", IDVARVAL="7", RELID="R"),
         "relation_not_linked"),
    ],
)  # fmt: skip
def test_rows_of_no_event_are_findings(row: HeldRow, code: str) -> None:
    assert row_codes([ae(start="2026-03-05", AESPID="7"), row]) == [("x", code)]


def test_a_supplement_of_a_group_is_of_each_of_its_rows() -> None:
    rows = [
        ae("a", "2026-03-05", "2026-03-07", 1, AEGRPID="G"),
        ae("b", "2026-03-05", "2026-03-07", 1, AEGRPID="G"),
        supplement(IDVAR="AEGRPID", value="G"),
    ]
    assert [made.rows for made in events(rows, WORST)] == [("a", "s1"), ("b", "s1")]


DAYS = st.sampled_from(
    ["", "2026-03-01", "2026-03-02", "2026-03-04", "2026-03", "UN MAR 2026", "?"]
)
IDS = st.sampled_from(["", "", "1", "2"])
SETTINGS = st.builds(
    SourceSystem,
    grade_collection=st.sampled_from([None, "worst_only", "row_per_grade", "findings_about"]),
    episode_end=st.sampled_from([None, "event", "grade"]),
    causality_agents=st.sampled_from([{}, {"AEREL": "IC19"}]),
    interventions=st.just({"O2": "oxygen"}),
    facts=st.just({"AESYND": "part_of", "TEMP": "temperature", "AEX": "x"}),
    time_zone=st.sampled_from([None, "Asia/Tokyo"]),
)
AE_CELLS = {
    "AETERM": st.sampled_from(["Hypoxia", "Fever", "CRS", "", "低酸素"]),
    "AESTDTC": DAYS,
    "AEENDTC": DAYS,
    "AEDTC": DAYS,
    "AETOXGR": st.sampled_from(["", "0", "1", "3", "5", "x"]),
    "AEOUT": st.sampled_from(["", "FATAL", "RECOVERED/RESOLVED", "NOT RECOVERED", "gone"]),
    "AEGRPID": IDS,
    "AESPID": IDS,
    "AELNKID": IDS,
    "AESEQ": IDS,
    "AEREL": st.sampled_from(["", "POSSIBLE", "RELATED"]),
    "AECONTRT": st.sampled_from(["", "Y", "N"]),
    "AEACNOTH": st.sampled_from(["", "O2"]),
    "AEENRTPT": st.sampled_from(["", "ONGOING"]),
    "AEENTPT": DAYS,
    "AESYND": st.sampled_from(["", "1", "CRS"]),
    "AEX": st.sampled_from(["", "Y", "N"]),
}
FA_CELLS = {
    "FATESTCD": st.sampled_from(["TOXGR", "SEV", "TEMP", "HYPOXIA", "OCCUR"]),
    "FAOBJ": st.sampled_from(["", "Hypoxia", "CRS"]),
    "FAORRES": st.sampled_from(["", "1", "4", "Y", "MILD"]),
    "FADTC": DAYS,
    "FALNKID": IDS,
}
SUPP_CELLS = {
    "IDVAR": st.sampled_from(["AESPID", "AESEQ", ""]),
    "IDVARVAL": IDS,
    "QNAM": st.sampled_from(["AEREL1", "AEX", "AETRTEM"]),
    "QVAL": st.sampled_from(["Y", "N", "POSSIBLE"]),
}
RELREC_CELLS = {
    "RDOMAIN": st.sampled_from(["AE", "FA", "CM"]),
    "IDVAR": st.sampled_from(["AESPID", "FALNKID"]),
    "IDVARVAL": IDS,
    "RELID": IDS,
}
CELLS = {"AE": AE_CELLS, "FA": FA_CELLS, "SUPPAE": SUPP_CELLS, "RELREC": RELREC_CELLS}


@st.composite
def patients(draw: st.DrawFn) -> list[HeldRow]:
    rows: list[HeldRow] = []
    for domain, most in (("AE", 6), ("FA", 4), ("SUPPAE", 2), ("RELREC", 3)):
        for number in range(draw(st.integers(0, most))):
            cells = draw(st.fixed_dictionaries(cast("Any", CELLS[domain])))
            filled = {name: cell for name, cell in cells.items() if cell}
            removed = draw(st.booleans()) and draw(st.booleans())
            key = f"{domain}{number}"
            rows.append(held(cast("Domain", domain), key, **filled, removed=removed))
    return rows


@settings(max_examples=40)
@given(patients(), SETTINGS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    rows: list[HeldRow], system: SourceSystem, random: Any
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert assemble(shuffled, system) == assemble(rows, system)


@settings(max_examples=40)
@given(patients(), SETTINGS)
def test_every_row_is_of_a_record_or_a_finding(rows: list[HeldRow], system: SourceSystem) -> None:
    made = assemble(rows, system)
    told = {key for each in made.made for key in each.rows} | {each.row for each in made.findings}
    assert {row.key for row in rows if not row.removed} <= told
    assert not {row.key for row in rows if row.removed} & told


@settings(max_examples=40)
@given(patients(), SETTINGS)
def test_every_record_is_whole(rows: list[HeldRow], system: SourceSystem) -> None:
    """It can be written and read again, its id is one, and each is made once."""
    made = assemble(rows, system)
    for each in made.made:
        text = write_document(each.kind, each.document)
        again = read_document(each.kind, SCHEMA_NUMBER, text)
        assert write_document(each.kind, again) == text
        TypeAdapter(RecordId).validate_python(each.record_id)
        assert {finding.code for finding in each.findings} <= set(ROW_CODES)
    names = [(each.kind, each.record_id) for each in made.made]
    assert len(set(names)) == len(names)
    assert set(names) <= made.could_make


ANY_CELL = st.text(max_size=250) | st.sampled_from(["1", "Y", "CRS", "TOXGR", "{what}", "\x1b"])


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from([*AE_CELLS, "AELLTCD", "DLTREL1", "DLTRAG1"]), ANY_CELL),
    st.dictionaries(st.sampled_from([*FA_CELLS, "FASTRESC"]), ANY_CELL),
    st.dictionaries(st.sampled_from([*SUPP_CELLS, "QEVAL"]), ANY_CELL),
    SETTINGS,
)
def test_no_cell_makes_a_record_that_cannot_be_kept(
    event: dict[str, str],
    finding: dict[str, str],
    supplement: dict[str, str],
    system: SourceSystem,
) -> None:
    rows = [
        held("AE", "a", **event),
        held("FA", "f", **finding),
        held("SUPPAE", "s", **{"IDVAR": "AEX", "IDVARVAL": event.get("AEX", ""), **supplement}),
    ]
    for made in assemble(rows, system).made:
        read_document(made.kind, SCHEMA_NUMBER, write_document(made.kind, made.document))


@settings(max_examples=20)
@given(patients())
def test_what_can_be_made_does_not_depend_on_the_settings(rows: list[HeldRow]) -> None:
    known = {assemble(rows, each).could_make for each in (WORST, PER_GRADE, SourceSystem())}
    assert len(known) == 1


@settings(max_examples=20)
@given(patients(), SETTINGS)
def test_no_grade_is_above_the_worst_that_is_told(
    rows: list[HeldRow], system: SourceSystem
) -> None:
    for made in events(rows, replace(system, grade_collection="row_per_grade")):
        content = cast("Any", made.document.content)
        known = [change.grade for change in content.grades if change.grade is not None]
        if content.worst_grade is not None:
            assert max(known, default=0) == content.worst_grade
            assert "fatal_below_grade_5" not in codes(made)
