"""What a laboratory row measured: the analyte by the settings, by LOINC, by CDISC's test code.

A test code of CDISC names no specimen, and each analyte is graded in one: glucose of urine is not
that of blood. So the specimen of the row decides with; where the row tells none, the code is read
as docs/units.md reads it. Only a LOINC code in the settings, or a code with its specimen there
("GLUC/URINE"), is taken at its word.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from app.data.criteria import load_analytes
from app.domain.laboratory.analyte import AmbiguousAnalyte, Analyte
from app.domain.record.row_findings import said
from app.interchange import words
from app.interchange.cells import Cells
from app.interchange.made import Unmapped

URINE: Final = frozenset({
    "urine_protein_24h", "urine_protein_creatinine_ratio", "urine_protein_dipstick",
})  # fmt: skip
SPECIMENS: Final[dict[str, frozenset[str]]] = {
    **{each: frozenset({"urine"}) for each in URINE},
    "creatinine_clearance": frozenset({"blood", "urine"}),
    "egfr": frozenset({"blood", "urine"}),
    "pancreatic_enzymes": frozenset({"blood", "stool"}),
    "pao2": frozenset({"arterial", "blood"}),
    "sperm_concentration": frozenset({"semen"}),
    "spo2": frozenset({"arterial", "blood"}),
}
"""In what each is measured; what is not here, in blood of any vessel."""

_BLOOD: Final = frozenset({"arterial", "blood", "venous"})
_TOLD_BY: Final = (
    ("urine", {"URINE", "URINALYSIS"}),
    ("stool", {"FAECES", "FECAL", "FECES", "STOOL"}),
    ("semen", {"SEMEN", "SEMINAL"}),
    ("other", {"CEREBROSPINAL", "CORD", "CSF", "MARROW"}),
    ("arterial", {"ARTERIAL"}),
    ("venous", {"VENOUS"}),
    ("blood", {"BLD", "BLOOD", "PLAS", "PLASMA", "SER", "SERUM"}),
)  # fmt: skip
_WORD: Final = re.compile(r"[A-Z]+")
_LONGEST: Final = 200
_DIPSTICK: Final = "urine_protein_dipstick"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMeasured:
    """Why a row names nothing that can be graded: a code of a finding, and what it is about.

    `unmapped` is the word that the settings could give a meaning.
    """

    code: str
    what: str = ""
    unmapped: Unmapped | None = None


def measured(cells: Cells) -> Analyte | NotMeasured:
    """The analyte that a row of LB measured."""
    named = tuple(_named(cells))
    if not named:
        return NotMeasured(code="analyte_not_named")
    for key, at_its_word in _keys(cells, named):
        told = words.meaning(cells.system.analytes, key)
        if told is not None:
            found = load_analytes().resolve(told)
            if not isinstance(found, Analyte):
                return NotMeasured(code="analyte_unknown", what=repr(told))
            return found if at_its_word else _of_its_specimen(found, cells)
    return _by_standards(cells, named)


def specimen(cells: Cells) -> str | None:
    """What was examined; None where the row does not say."""
    shown = words.folded(cells.text("LBSPEC"))
    told = set(_WORD.findall(shown or words.folded(cells.text("LBCAT"))))
    found = next((name for name, by in _TOLD_BY if told & by), None)
    return found or ("other" if shown else None)


def _named(cells: Cells) -> Iterator[tuple[str, str]]:
    """The variables that name the test, with their cells; the title only where no code does."""
    codes = [(each, cells.text(each)) for each in ("LBTESTCD", "LBLOINC")]
    yield from (pair for pair in codes if pair[1])
    title = cells.text("LBTEST")
    if title and not any(code for _, code in codes):
        yield "LBTEST", title


def _keys(cells: Cells, named: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, bool]]:
    """By what the settings may know the test, and whether that says the specimen too."""
    of = cells.text("LBSPEC") or (specimen(cells) or "")
    for variable, name in named:
        if of and variable != "LBLOINC":
            yield f"{name}/{of}", True
        yield name, variable == "LBLOINC"


def _of_its_specimen(analyte: Analyte, cells: Cells) -> Analyte | NotMeasured:
    found = specimen(cells)
    if found is None or found in SPECIMENS.get(analyte.id, _BLOOD):
        return analyte
    variable = "LBSPEC" if cells.text("LBSPEC") else "LBCAT"
    what = f"{said(variable, cells.text(variable))} of {analyte.title}"
    variable, name = next(_named(cells))
    word = name if variable == "LBLOINC" else f"{name}/{cells.text('LBSPEC') or found.upper()}"
    return NotMeasured(code="specimen_differs", what=what, unmapped=_unmapped(variable, word))


def _unmapped(variable: str, word: str) -> Unmapped:
    return Unmapped(variable=variable, word=word[:_LONGEST], setting="analytes")


def _by_standards(cells: Cells, named: tuple[tuple[str, str], ...]) -> Analyte | NotMeasured:
    by = {variable: load_analytes().resolve(name) for variable, name in named}
    loinc = by.pop("LBLOINC", None)
    code = next(iter(by.values()), None)
    shown = " and ".join(said(*pair) for pair in named)
    if isinstance(loinc, Analyte) and isinstance(code, Analyte) and loinc != code:
        return NotMeasured(code="analyte_contradicted", what=shown)
    if isinstance(loinc, Analyte):
        return _of_its_specimen(loinc, cells)
    if loinc is None and _is_dipstick(cells):
        return load_analytes().by_id(_DIPSTICK)
    if isinstance(loinc, AmbiguousAnalyte) or isinstance(code, AmbiguousAnalyte):
        return NotMeasured(code="analyte_ambiguous", what=shown, unmapped=_unmapped(*named[0]))
    if code is None:
        return NotMeasured(code="analyte_unmapped", what=shown, unmapped=_unmapped(*named[0]))
    return _of_its_specimen(code, cells)


def _is_dipstick(cells: Cells) -> bool:
    """Protein in urine, by CDISC's code and the method."""
    return (
        words.folded(cells.text("LBTESTCD")) == "PROT"
        and specimen(cells) == "urine"
        and "DIPSTICK" in words.folded(cells.text("LBMETHOD"))
    )
