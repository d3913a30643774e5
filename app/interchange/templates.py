"""Tables for a site without an EDC: headings in plain words, one table for each kind of record.

Each heading stands for a variable of SDTM, so that a table is read as SDTM is. A table to fill in
is `heading_line`; what belongs into a column is told by its `about`.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.interchange.columns import folded
from app.interchange.rows import Domain, UnreadableFile

TemplateName = Literal["adverse-events", "infusions", "laboratory", "patients", "dispositions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateColumn:
    """A heading, the variable that it stands for, and what is written below it."""

    heading: str
    variable: str
    about: str
    needed: bool = False
    """Whether a table without this column is not of the template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A table of rows of one domain."""

    name: TemplateName
    domain: Domain
    columns: tuple[TemplateColumn, ...]

    @property
    def variables(self) -> Mapping[str, str]:
        """Headings, as they are compared, and their variables."""
        return {folded(each.heading): each.variable for each in self.columns}

    @property
    def needed(self) -> tuple[str, ...]:
        """The headings without which a table is not of the template."""
        return tuple(each.heading for each in self.columns if each.needed)


def _column(heading: str, variable: str, about: str) -> TemplateColumn:
    return TemplateColumn(
        heading=heading.removesuffix(" *"),
        variable=variable,
        about=about,
        needed=heading.endswith(" *"),
    )


_DATE = "a date or date and time, as exactly as it is known: 2026-03-01T08:30, 2026-03-01, 2026-03"
_PATIENT = _column("Patient *", "USUBJID", "the patient's number in the study")
_YES_OR_NO = "Y or N; blank where it is not known"

TEMPLATES: Final[tuple[Template, ...]] = (
    Template(
        name="adverse-events",
        domain="AE",
        columns=(
            _PATIENT,
            _column(
                "Event number *", "AESPID", "the site's own number of the event; never reused"
            ),
            _column(
                "Episode",
                "AEGRPID",
                "one word for all rows of an event, where each row is a grade",
            ),
            _column("Adverse event *", "AETERM", "the event in the site's words"),
            _column("Preferred term", "AEDECOD", "CTCAE's or MedDRA's term"),
            _column("MedDRA LLT code", "AELLTCD", "the code of its lowest level term"),
            _column("Severity", "AESEV", "MILD, MODERATE or SEVERE; it is no grade"),
            _column("Grade", "AETOXGR", "CTCAE grade, 0 to 5"),
            _column("Start *", "AESTDTC", _DATE),
            _column("End", "AEENDTC", _DATE),
            _column("Ongoing", "AEENRTPT", "ONGOING where it had not ended at the last contact"),
            _column("Last contact", "AEENTPT", "when that was so: " + _DATE),
            _column(
                "Outcome", "AEOUT", "such as RECOVERED/RESOLVED, NOT RECOVERED/NOT RESOLVED, FATAL"
            ),
            _column(
                "Related to", "AEREL", "the relation to the study treatment, in the study's words"
            ),
            _column("Serious", "AESER", _YES_OR_NO),
            _column("Death", "AESDTH", _YES_OR_NO),
            _column("Life-threatening", "AESLIFE", _YES_OR_NO),
            _column("Hospitalisation", "AESHOSP", _YES_OR_NO),
            _column("Disability", "AESDISAB", _YES_OR_NO),
            _column("Congenital anomaly", "AESCONG", _YES_OR_NO),
            _column("Medically important", "AESMIE", _YES_OR_NO),
            _column("Action taken", "AEACN", "what was done with the study treatment"),
            _column("Treated", "AECONTRT", _YES_OR_NO),
        ),
    ),
    Template(
        name="infusions",
        domain="EX",
        columns=(
            _PATIENT,
            _column("Infusion number *", "EXSPID", "the site's own number of the infusion"),
            _column("Product *", "EXTRT", "what was given"),
            _column("Dose", "EXDOSE", "a number"),
            _column("Dose unit", "EXDOSU", "such as mg or 10^6 CELLS"),
            _column("Start *", "EXSTDTC", _DATE),
            _column("End", "EXENDTC", _DATE),
        ),
    ),
    Template(
        name="laboratory",
        domain="LB",
        columns=(
            _PATIENT,
            _column(
                "Result number", "LBSPID", "the laboratory's or site's own number of the result"
            ),
            _column("Test *", "LBTESTCD", "CDISC's code of the test, such as NEUT or PLAT"),
            _column("Name of test", "LBTEST", "the test in words"),
            _column("Specimen", "LBSPEC", "such as BLOOD or SERUM"),
            _column("Result *", "LBORRES", "a number, or text such as <0.5"),
            _column("Unit", "LBORRESU", "the unit of result and limits"),
            _column("Lower limit of normal", "LBORNRLO", "a number"),
            _column("Upper limit of normal", "LBORNRHI", "a number"),
            _column("Collected *", "LBDTC", _DATE),
            _column("Baseline", "LBBLFL", "Y where it is the baseline"),
        ),
    ),
    Template(
        name="patients",
        domain="DM",
        columns=(
            _PATIENT,
            _column("Site", "SITEID", "the site's number in the study"),
            _column("Dose level", "ARMCD", "dose level or cohort, in the study's words"),
            _column("Sex *", "SEX", "F or M"),
            _column("Born", "BRTHDTC", _DATE),
            _column("Consent", "RFICDTC", _DATE),
            _column("Died", "DTHDTC", _DATE),
            _column("Dead", "DTHFL", "Y where the patient has died"),
        ),
    ),
    Template(
        name="dispositions",
        domain="DS",
        columns=(
            _PATIENT,
            _column(
                "What happened *", "DSDECOD", "such as WITHDRAWAL BY SUBJECT or LOST TO FOLLOW-UP"
            ),
            _column("In words", "DSTERM", "the same in the site's words"),
            _column("Category", "DSCAT", "PROTOCOL MILESTONE, DISPOSITION EVENT or OTHER EVENT"),
            _column("Date *", "DSSTDTC", _DATE),
        ),
    ),
)


def heading_line(template: Template) -> str:
    """The first line of a table to fill in, as CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(each.heading for each in template.columns)
    return line.getvalue()


def template_of(headings: Sequence[str]) -> Template:
    """The template of a table. Raises UnreadableFile: it lacks headings that all need."""
    found = {folded(heading) for heading in headings}
    lacking = {
        each.name: [heading for heading in each.needed if folded(heading) not in found]
        for each in TEMPLATES
    }
    for each in TEMPLATES:
        if not lacking[each.name]:
            return each
    ways = "; ".join(f"{name}: {', '.join(map(repr, need))}" for name, need in lacking.items())
    raise UnreadableFile(
        f"the headings are those of no template; each lacks some ({ways})", line=1
    )
