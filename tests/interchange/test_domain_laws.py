"""Whatever the rows hold: nothing is lost, nothing crashes, and their order says nothing."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.criteria import load_analytes
from app.domain.record.documents import read_document, write_document
from app.domain.record.kinds import SCHEMA_NUMBER
from app.domain.source_system import SourceSystem
from app.interchange.exposures import exposures_of
from app.interchange.laboratory import results_of
from app.interchange.made import HeldRow, Made, Part, RowFinding
from app.interchange.measured import SPECIMENS
from app.interchange.patients import patients_of
from app.interchange.rows import Domain
from tests.interchange.domain_rows import held

SYSTEM = SourceSystem(
    time_zone="Europe/Berlin",
    agents={"A": "IC19"},
    analytes={"L1": "neutrophils", "GLUC/URINE": "glucose", "L2": "no analyte"},
    dose_levels={"LOW": "1", "HIGH": "2"},
    dispositions={"OTHER": "withdrawal"},
    laboratory="Local",
)
DATES = ["", "2026-03-01", "2026-03", "2026-03-02T08:00", "UNK", "31/31/2026", "2026-10-25T02:30"]
NUMBERS = ["", "0", "1.5", "<2", "1e5", "NA", "2+", "1" * 50, "x" * 201, "\x00"]
CELLS: dict[str, list[str]] = {
    "SEX": ["", "F", "M", "U", "?"],
    "BRTHDTC": ["", "1950", "1950-03", "UNK", "NA"],
    "SITEID": ["", "701", "two words"],
    "ARMCD": ["", "LOW", "HIGH", "SCRNFAIL", "MID"],
    "ACTARMCD": ["", "LOW", "HIGH"],
    "DTHFL": ["", "Y", "N", "NA"],
    "DTHDTC": DATES,
    "RFPENDTC": DATES,
    "DSCAT": ["", "DISPOSITION EVENT", "PROTOCOL MILESTONE"],
    "DSSCAT": ["", "STUDY TREATMENT", "STUDY PARTICIPATION"],
    "DSDECOD": ["", "DEATH", "COMPLETED", "LOST TO FOLLOW-UP", "ADVERSE EVENT", "OTHER", "nein"],
    "DSTERM": ["", "fell\x00", "x" * 5000],
    "DSSTDTC": DATES,
    "EXTRT": ["", "A", "PLACEBO", "治験薬", "a\nb"],
    "EXDOSE": NUMBERS,
    "EXOCCUR": ["", "Y", "N", "U", "?"],
    "EXSTAT": ["", "NOT DONE"],
    "EXSTDTC": DATES,
    "EXENDTC": DATES,
    "LBTESTCD": ["", "ALT", "GLUC", "CA", "PROT", "L1", "L2", "RBC"],
    "LBLOINC": ["", "2345-7", "17861-6", "0-0"],
    "LBSPEC": ["", "URINE", "SERUM", "血清"],
    "LBCAT": ["", "URINALYSIS"],
    "LBMETHOD": ["", "DIPSTICK"],
    "LBORRES": NUMBERS,
    "LBORRESU": ["", "U/L", "mg/dL", "furlong", "\x01"],
    "LBORNRLO": NUMBERS,
    "LBORNRHI": NUMBERS,
    "LBSTRESC": NUMBERS,
    "LBSTRESU": ["", "ukat/L", "mmol/L"],
    "LBSTNRHI": NUMBERS,
    "LBNRIND": ["", "HIGH", "ABNORMAL"],
    "LBBLFL": ["", "Y", "N"],
    "LBLOBXFL": ["", "Y"],
    "LBSTAT": ["", "NOT DONE"],
    "LBNAM": ["", "Central", "a\tb"],
    "LBDTC": DATES,
}
OF: dict[str, Callable[[Sequence[HeldRow], SourceSystem], tuple[Part, ...]]] = {
    "patient": patients_of,
    "exposures": exposures_of,
    "results": results_of,
}
DOMAINS: dict[str, tuple[Domain, ...]] = {
    "patient": ("DM", "DS"),
    "exposures": ("EX",),
    "results": ("LB",),
}


@st.composite
def rows(draw: st.DrawFn, domains: tuple[Domain, ...]) -> list[HeldRow]:
    found = []
    for number in range(draw(st.integers(1, 6))):
        domain = draw(st.sampled_from(domains))
        of_it = {
            name: draw(st.sampled_from(CELLS[name])) for name in CELLS if _is_of(name, domain)
        }
        key = f"{domain}-{number}"
        found.append(held(domain, key, removed=draw(st.integers(0, 5)) == 0, cells=of_it))
    return found


def _is_of(name: str, domain: Domain) -> bool:
    if domain == "DM":
        return name[:2] not in {"DS", "EX", "LB"}
    return name.startswith(domain)


@pytest.mark.parametrize("what", OF)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_no_row_is_lost_and_no_order_matters(what: str, data: st.DataObject) -> None:
    of, standing_rows = OF[what], data.draw(rows(DOMAINS[what]))
    parts = of(standing_rows, SYSTEM)
    shuffled = data.draw(st.permutations(standing_rows))
    assert of(shuffled, SYSTEM) == parts

    told = {each.row for each in parts if isinstance(each, RowFinding)}
    records = [each for each in parts if isinstance(each, Made)]
    told |= {key for each in records for key in each.rows}
    assert told == {row.key for row in standing_rows if not row.removed}
    assert len({each.record_id for each in records}) == len(records)


@pytest.mark.parametrize("what", OF)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_record_can_be_kept_and_read(what: str, data: st.DataObject) -> None:
    for each in OF[what](data.draw(rows(DOMAINS[what])), SYSTEM):
        if isinstance(each, Made):
            text = write_document(each.kind, each.document)
            again = read_document(each.kind, SCHEMA_NUMBER, text)
            assert write_document(each.kind, again) == text


def test_every_specimen_is_of_an_analyte() -> None:
    assert set(SPECIMENS) <= {each.id for each in load_analytes().analytes}
