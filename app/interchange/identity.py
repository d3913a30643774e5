"""Whose a row is, and which: the patient, and a key that stays while everything else changes.

A key is made of what the format gives a row (a FHIR id, a Rave record), else of the variables that
tell the rows of a patient apart. Never of AESEQ and its like, which are numbered anew at each
export. It names the patient and the domain as well: records are known by it within a system, and
what EDC systems number begins anew in each patient.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from pydantic import TypeAdapter, ValidationError

from app.domain.record.kinds import Identifier
from app.domain.source_system import SourceSystem
from app.interchange.exports.sdtm import STEP
from app.interchange.made import HeldRow
from app.interchange.rows import BadRow, Domain, LeftOut, SourceRow
from app.interchange.words import grade_outside, meaning

LONGEST_KEY: Final = 180
"""The most characters of a key that is made here."""

_GRADES: Final[Mapping[Domain, tuple[str, ...]]] = {"AE": ("AETOXGR",)}
_ONE_OF: Final[Mapping[Domain, tuple[tuple[str, ...], ...]]] = {
    "AE": (("AESPID",), ("AEREFID",), ("AELNKID",)),
    "SUPPAE": (("IDVAR", "IDVARVAL", "QNAM"),),
    "FA": (
        ("FASPID", "FATESTCD", "FAOBJ", "FADTC|FASTDTC"),
        ("FALNKID", "FATESTCD", "FAOBJ", "FADTC|FASTDTC"),
        ("FALNKGRP", "FATESTCD", "FAOBJ", "FADTC|FASTDTC"),
        ("FATESTCD", "FAOBJ", "FADTC|FASTDTC"),
    ),
    "EX": (("EXSPID",), ("EXREFID",), ("EXLNKID",), ("EXTRT", "EXSTDTC")),
    "DS": (("DSSPID",), ("DSDECOD", "DSSTDTC", "DSSCAT"), ("DSDECOD", "DSSTDTC")),
    "LB": (
        ("LBLOINC|LBTESTCD", "LBDTC"),
        ("LBTESTCD|LBLOINC", "LBREFID|LBSPID"),
    ),
    "RELREC": (("RDOMAIN", "IDVAR", "IDVARVAL", "RELID"),),
}
"""What tells rows apart, by domain: the first of which all are there. "A|B" is A, else B."""

_BESIDE: Final[Mapping[Domain, tuple[str, ...]]] = {
    "FA": ("FACAT", "FALOC", "VISITNUM"),
    "LB": ("LBSPID", "LBREFID", "VISITNUM", "LBSPEC", "LBMETHOD"),
}
"""What belongs to the identity too where it is there."""

_GRADED: Final = ("AESTDTC", "AETOXGR")
"""What tells the rows of one event apart where each is a time at one grade."""

_SUBJECT: Final[TypeAdapter[str]] = TypeAdapter(Identifier)
_PLAIN: Final = re.compile(r"[^\x00-\x1f\x7f/|\\]*")
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f/|\\]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """The patient of a row as the record knows it, and the row's key within study and system."""

    subject: str
    key: str


def identified(row: SourceRow, system: SourceSystem) -> Identified | BadRow | LeftOut:
    """Whose a row is, and its key; why it cannot be kept, where that is not known.

    A relation between whole datasets (RELREC without a patient) says which variables link them,
    which is read in any case: it is left out.
    """
    subject = _subject(row, system)
    if subject is None:
        if row.domain == "RELREC" and not row.fields.get("IDVARVAL"):
            what = "relation between whole datasets (RELREC without USUBJID)"
            return LeftOut(number=row.number, place=row.place, what=what)
        return _no_subject(row)
    if isinstance(subject, BadRow):
        return subject
    for variable in _GRADES.get(row.domain, ()):
        if row.change != "removed" and grade_outside(row.fields.get(variable)):
            return _bad_grade(row, variable)
    key = _key(row, subject, system)
    return Identified(subject=subject, key=key) if key is not None else _no_identity(row)


def identified_anew(row: HeldRow, system: SourceSystem) -> Identified | BadRow | LeftOut:
    """Whose a row that is kept is by other settings, and its key there."""
    return identified(
        SourceRow(
            domain=row.domain,
            number=0,
            place="",
            fields=row.fields,
            key=row.given,
            subject=row.named,
            change="removed" if row.removed else "whole",
        ),
        system,
    )


def name_in(row: SourceRow) -> str:
    """The patient of a row as its source names it; an empty text where it names none."""
    fields = row.fields
    return (row.subject or fields.get("USUBJID") or fields.get("SUBJID") or "").strip()


def made_key(subject: str, domain: str, parts: Sequence[str]) -> str:
    """A key of texts: readable, never the same for others, the same at each export.

    At most 180 characters without slashes and control characters. What would not fit is
    shortened, and told apart by a digest of the whole.
    """
    text = "|".join((subject, domain, *parts))
    if len(text) <= LONGEST_KEY and all(_PLAIN.fullmatch(part) for part in parts):
        return text
    exact = json.dumps([subject, domain, *parts], ensure_ascii=True)
    digest = hashlib.sha256(exact.encode()).hexdigest()[:20]
    shown = "|".join((subject, domain, *(_UNFIT.sub(" ", part) for part in parts)))
    return f"{shown[: LONGEST_KEY - 22]}|#{digest}"


def given_key(key: str, subject: str, domain: str) -> str:
    """What a format gave a row, of the row's key; the key where it was made of several parts."""
    prefix = f"{subject}|{domain}|"
    given = key.removeprefix(prefix)
    return key if "|" in given else given


def _subject(row: SourceRow, system: SourceSystem) -> str | BadRow | None:
    named = name_in(row)
    if not named:
        return None
    mapped = meaning(system.subjects, named) or named
    try:
        return _SUBJECT.validate_python(mapped)
    except ValidationError:
        return _bad(
            row,
            "bad_subject",
            f"the patient {mapped[:80]!r} cannot be the id of a patient here (letters, digits, "
            "dots, dashes and underscores, at most 200): name the patient's id in the settings "
            "of the source system (subjects)",
        )


def _key(row: SourceRow, subject: str, system: SourceSystem) -> str | None:
    domain = row.domain
    if row.key is not None:
        given = row.key.strip()
        return made_key(subject, domain, (given,)) if given else None
    told = _settled(system, domain)
    if told is not None:
        parts = [row.fields.get(each, "").strip() for each in told]
        return made_key(subject, domain, parts) if any(parts) else None
    if domain == "DM":
        return made_key(subject, domain, ())
    for wanted in _ONE_OF[domain]:
        parts = [_first(row.fields, each) for each in wanted]
        if all(parts):
            return made_key(subject, domain, (*parts, *_beside(row, wanted, system)))
    return None


def _settled(system: SourceSystem, domain: Domain) -> tuple[str, ...] | None:
    return next(
        (told for name, told in system.identity.items() if name.upper() == domain and told), None
    )


def _first(fields: Mapping[str, str], either: str) -> str:
    found = (fields.get(each, "").strip() for each in either.split("|"))
    return next(filter(None, found), "")


def _beside(row: SourceRow, wanted: Sequence[str], system: SourceSystem) -> tuple[str, ...]:
    """What tells rows apart beside their id; without what is blank at the end."""
    more = _BESIDE.get(row.domain, ())
    if row.domain == "AE" and system.grade_collection == "row_per_grade":
        more = () if row.fields.get(STEP) else _GRADED  # an export of ours numbers its rows
    parts = [row.fields.get(each, "").strip() for each in more if each not in wanted]
    blank = sum(1 for _ in takewhile(lambda part: not part, reversed(parts)))
    return tuple(parts[: len(parts) - blank])


def _no_subject(row: SourceRow) -> BadRow:
    return _bad(row, "no_subject", "no patient: the row has neither USUBJID nor SUBJID")


def _no_identity(row: SourceRow) -> BadRow:
    ways = (" with ".join(each) for each in _ONE_OF.get(row.domain, ()))
    wanted = ", or ".join(ways).replace("|", " or ")
    return _bad(
        row,
        "no_identity",
        f"nothing tells this row of {row.domain} from the patient's others: send {wanted}; "
        "or name the variables that do in the settings of the source system (identity)",
    )


def _bad_grade(row: SourceRow, variable: str) -> BadRow:
    return _bad(
        row,
        "bad_grade",
        f"{variable} is {row.fields[variable][:40]!r}, and grades go from 0 to 5: correct it, or "
        "leave it blank where it is not known",
    )


def _bad(row: SourceRow, code: str, problem: str) -> BadRow:
    return BadRow(
        number=row.number,
        place=row.place,
        code=code,
        problem=problem,
        original=dict(row.fields),
        row=row,
    )
