"""Whose a row is, and which."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.domain.record.kinds import RecordId
from app.domain.source_system import SourceSystem
from app.interchange.identity import LONGEST_KEY, Identified, given_key, identified, made_key
from app.interchange.rows import BadRow, Domain, LeftOut, SourceRow

PLAIN = SourceSystem()
PER_GRADE = SourceSystem(grade_collection="row_per_grade")


def row(domain: Domain = "AE", key: str | None = None, **fields: str) -> SourceRow:
    fields = {"USUBJID": "S-01", **fields}
    return SourceRow(domain=domain, number=3, place="line 4", fields=fields, key=key)


def key_of(sent: SourceRow, system: SourceSystem = PLAIN) -> str:
    found = identified(sent, system)
    assert isinstance(found, Identified)
    return found.key


def refused(sent: SourceRow, system: SourceSystem = PLAIN) -> BadRow:
    found = identified(sent, system)
    assert isinstance(found, BadRow)
    return found


class TestPatient:
    def test_is_named_by_the_row_or_a_variable(self) -> None:
        named = SourceRow(
            domain="AE", number=1, place="line 2", fields={"AESPID": "1"}, subject="S-09"
        )
        for sent, subject in ((named, "S-09"), (row(AESPID="1"), "S-01")):
            found = identified(sent, PLAIN)
            assert isinstance(found, Identified)
            assert found.subject == subject

    def test_may_have_another_name_there(self) -> None:
        system = SourceSystem(subjects={"CDISC 01/S-01": "S-01"})
        found = identified(row(USUBJID="cdisc 01/s-01", AESPID="1"), system)
        assert isinstance(found, Identified)
        assert found.subject == "S-01"

    @pytest.mark.parametrize("name", ["CDISC 01/S-01", "患者1", "-S1", "S" * 201])
    def test_that_cannot_be_an_id_here_is_refused_with_the_way_out(self, name: str) -> None:
        bad = refused(row(USUBJID=name, AESPID="1"))
        assert (bad.code, bad.number, bad.place) == ("bad_subject", 3, "line 4")
        assert "subjects" in bad.problem

    def test_has_to_be_named(self) -> None:
        assert refused(row(USUBJID=" ", AESPID="1")).code == "no_subject"


class TestKey:
    def test_is_the_formats_own(self) -> None:
        assert key_of(row(key="AdverseEvent.7", AESPID="E07")) == "S-01|AE|AdverseEvent.7"
        assert key_of(row(key="a/b")) == made_key("S-01", "AE", ("a/b",))
        assert given_key("S-01|AE|AdverseEvent.7", "S-01", "AE") == "AdverseEvent.7"
        assert given_key("S-01|EX|IC19|2026-03-01", "S-01", "EX") == "S-01|EX|IC19|2026-03-01"

    def test_of_what_is_numbered_anew_in_each_patient_is_one_in_the_system(self) -> None:
        """A record is known by its key alone."""
        keys = {key_of(row(key="AE;1", USUBJID=patient)) for patient in ("S-01", "S-02")}
        assert len(keys) == 2

    def test_of_an_adverse_event_is_its_sponsors_id_and_never_its_number(self) -> None:
        first, again = row(AESPID="E07", AESEQ="1"), row(AESPID="E07", AESEQ="2")
        assert key_of(first) == key_of(again) == "S-01|AE|E07"
        assert key_of(row(AEREFID="R1", AELNKID="L1")) == "S-01|AE|R1"
        assert key_of(row(AELNKID="L1")) == "S-01|AE|L1"
        bad = refused(row(AESEQ="1", AETERM="Fever"))
        assert bad.code == "no_identity"
        assert "AESPID" in bad.problem
        assert "identity" in bad.problem

    def test_of_a_row_per_grade_has_its_start_and_grade(self) -> None:
        one = row(AESPID="E07", AESTDTC="2026-03-05", AETOXGR="3")
        other = row(AESPID="E07", AESTDTC="2026-03-09", AETOXGR="1")
        assert key_of(one) == key_of(other)
        assert key_of(one, PER_GRADE) != key_of(other, PER_GRADE)

    def test_is_of_the_variables_that_the_settings_name(self) -> None:
        system = SourceSystem(
            identity={"AE": ("AESPID", "AEDTC")}, grade_collection="row_per_grade"
        )
        sent = row(AESPID="E07", AEDTC="2026-03-09", AESTDTC="2026-03-05")
        assert key_of(sent, system) == "S-01|AE|E07|2026-03-09"
        assert refused(row(AETERM="Fever"), system).code == "no_identity"

    def test_of_results_tells_tests_and_times_apart(self) -> None:
        keys = {
            key_of(row("LB", LBREFID="1", LBTESTCD=test, LBDTC=time))
            for test in ("ALT", "AST")
            for time in ("2026-03-05", "2026-03-06")
        }
        assert len(keys) == 4
        blood = row("LB", LBTESTCD="GLUC", LBDTC="2026-03-05", LBSPEC="BLOOD")
        urine = row("LB", LBTESTCD="GLUC", LBDTC="2026-03-05", LBSPEC="URINE")
        assert key_of(blood) != key_of(urine)
        assert refused(row("LB", LBDTC="2026-03-05", LBORRES="3")).code == "no_identity"

    def test_of_dispositions_of_one_day_differ_by_what_they_ended(self) -> None:
        ended = {"DSDECOD": "WITHDRAWAL BY SUBJECT", "DSSTDTC": "2026-03-01"}
        parts = ("", "STUDY TREATMENT", "STUDY PARTICIPATION")
        assert len({key_of(row("DS", **ended, DSSCAT=part)) for part in parts}) == 3

    def test_of_a_patient_is_one(self) -> None:
        assert key_of(row("DM", SEX="F")) == "S-01|DM"

    @pytest.mark.parametrize(
        ("domain", "fields"),
        [
            ("EX", {"EXTRT": "IC19", "EXSTDTC": "2026-03-01"}),
            ("DS", {"DSDECOD": "DEATH", "DSSTDTC": "2026-03-01"}),
            ("FA", {"FALNKID": "1", "FATESTCD": "TOXGR", "FAOBJ": "Fever", "FADTC": "2026-03-01"}),
            ("SUPPAE", {"IDVAR": "AESPID", "IDVARVAL": "E07", "QNAM": "AEREL1"}),
            ("RELREC", {"RDOMAIN": "AE", "IDVAR": "AESPID", "IDVARVAL": "E07", "RELID": "1"}),
        ],
    )
    def test_each_domain_has_its_own(self, domain: Domain, fields: dict[str, str]) -> None:
        assert key_of(row(domain, **fields)) == "|".join(("S-01", domain, *fields.values()))
        without = dict(list(fields.items())[:-1])
        assert refused(row(domain, **without)).code == "no_identity"

    def test_a_relation_between_datasets_is_left_out(self) -> None:
        sent = SourceRow(
            domain="RELREC",
            number=5,
            place="row 5",
            fields={"RDOMAIN": "AE", "IDVAR": "AELNKID", "RELID": "AEFA"},
        )
        assert isinstance(identified(sent, PLAIN), LeftOut)


class TestGrade:
    @pytest.mark.parametrize("grade", ["6", "-1", "Grade 7"])
    def test_outside_0_to_5_is_refused(self, grade: str) -> None:
        bad = refused(row(AESPID="E07", AETOXGR=grade))
        assert bad.code == "bad_grade"
        assert bad.original == {"USUBJID": "S-01", "AESPID": "E07", "AETOXGR": grade}

    @pytest.mark.parametrize("grade", ["0", "5", "", "SEVERE"])
    def test_else_the_row_is_kept(self, grade: str) -> None:
        assert key_of(row(AESPID="E07", AETOXGR=grade)) == "S-01|AE|E07"


TEXTS = st.text(max_size=60)


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_made_keys_are_ids_and_differ_where_their_parts_do(
    one: list[str], other: list[str]
) -> None:
    assume(one != other)
    keys = [made_key("S-01", "AE", parts) for parts in (one, other)]
    assert keys[0] != keys[1]
    for key in keys:
        assert len(key) <= LONGEST_KEY
        assert TypeAdapter(RecordId).validate_python(key) == key
