"""What laboratory grading stands on, as data: units, analytes and criteria, each with a digest.

A digest is the SHA-256 of the document's RFC 8785 canonical JSON. Where the numbers come from:
docs/units.md.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import rfc8785

from app.data.strict_yaml import read_yaml
from app.domain.errors import DomainError, Fault
from app.domain.laboratory.analyte import Analytes, read_analytes
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.criteria import BadCriteria, Criteria, read_criteria
from app.domain.quantities import UnitTable, read_units

_CRITERIA = ("ctcae-5.0",)


class UnknownCriteria(DomainError):
    """There are no criteria of that id."""

    code = "unknown_criteria"

    def __init__(self, criteria_id: str) -> None:
        super().__init__(
            f"There are no criteria {criteria_id!r}; there are {', '.join(_CRITERIA)}."
        )


def criteria_ids() -> tuple[str, ...]:
    """The ids of the packaged criteria; each is that of the dictionary whose terms they grade."""
    return _CRITERIA


@cache
def load_criteria(criteria_id: str) -> tuple[Criteria, str]:
    """The numeric criteria of a dictionary, and their digest.

    Raises UnknownCriteria, which names those that are there, and BadCriteria for a document that
    cannot be used.
    """
    if criteria_id not in _CRITERIA:
        raise UnknownCriteria(criteria_id)
    document, digest = _read(criteria_id)
    criteria = read_criteria(document)
    if criteria.id != criteria_id:
        raise BadCriteria(criteria_id, (Fault(pointer="/id", message=f"it is {criteria.id!r}"),))
    return criteria, digest


@cache
def load_units() -> UnitTable:
    """The units that are known. Raises BadUnits for a document that cannot be used."""
    document, digest = _read("units")
    return read_units(document, digest)


@cache
def load_analytes() -> Analytes:
    """The analytes that are known. Raises BadAnalytes for a document that cannot be used."""
    document, digest = _read("analytes")
    return read_analytes(document, digest, load_units())


@cache
def load_catalogue(criteria_id: str) -> Catalogue:
    """Criteria with the units and analytes that they are read with, under one digest.

    Raises what the three loaders raise.
    """
    criteria, digest = load_criteria(criteria_id)
    analytes, units = load_analytes(), load_units()
    parts = {"criteria": digest, "analytes": analytes.digest, "units": units.digest}
    return Catalogue(criteria=criteria, analytes=analytes, units=units, digest=_digest(parts))


@cache
def load_without_criteria(dictionary_id: str, title: str) -> Catalogue:
    """The units and analytes alone, for a dictionary of which there are no numeric criteria.

    Raises what their loaders raise.
    """
    criteria = Criteria(
        id="no-criteria",
        title=f"the numeric criteria of {title} here",
        dictionary=dictionary_id,
        source="",
        terms=(),
        facts={},
    )
    analytes, units = load_analytes(), load_units()
    digest = _digest({"analytes": analytes.digest, "units": units.digest})
    return Catalogue(criteria=criteria, analytes=analytes, units=units, digest=digest)


def _read(name: str) -> tuple[dict[str, Any], str]:
    """The parsed document, and the SHA-256 of its canonical JSON (RFC 8785)."""
    document = read_yaml(files(__name__).joinpath(f"{name}.yaml").read_text("utf-8"))
    return document, _digest(document)


def _digest(document: dict[str, Any]) -> str:
    return f"sha256:{sha256(rfc8785.dumps(document)).hexdigest()}"
