"""What the forms and items of an ODM file are: domains and variables of SDTM.

The settings of the source system come first. What they do not name is known only where its OID
ends in the name that CDISC gives it: IG.AE is the domain AE, IT.AE.AETERM the variable AETERM.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Final, get_args

from app.domain.errors import DomainError
from app.domain.source_system import SourceSystem
from app.interchange.identity import LONGEST_KEY
from app.interchange.rows import MOST_OF_A_ROW, Domain

_DOMAINS: Final[dict[str, Domain]] = {domain: domain for domain in get_args(Domain)}
_OTHER_DOMAINS: Final = frozenset(
    (
        *(
            "AG",
            "BE",
            "BS",
            "CE",
            "CM",
            "CO",
            "CP",
            "CV",
            "DA",
            "DD",
            "DV",
            "EC",
            "EG",
            "FT",
            "GF",
        ),
        *(
            "HO",
            "IE",
            "IS",
            "MB",
            "MH",
            "MI",
            "MK",
            "ML",
            "MS",
            "NV",
            "OE",
            "PC",
            "PE",
            "PP",
            "PR",
        ),
        *("QS", "RE", "RP", "RS", "SC", "SE", "SS", "SU", "SV", "TR", "TU", "UR", "VS"),
    )
)
"""Those of SDTM that are not imported: a group of such a name on a form AE is no adverse event."""

_IDENTIFIERS: Final = frozenset(
    (
        *("STUDYID", "DOMAIN", "USUBJID", "SUBJID", "SITEID", "SPDEVID"),
        *("VISIT", "VISITNUM", "VISITDY", "EPOCH", "TAETORD"),
    )
)
_RELATING: Final = frozenset(("RDOMAIN", "IDVAR", "IDVARVAL", "RELTYPE", "RELID"))
_QUALIFYING: Final = frozenset(("QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL"))
_OF_A_PATIENT: Final = frozenset(
    (
        *("RFSTDTC", "RFENDTC", "RFXSTDTC", "RFXENDTC", "RFICDTC", "RFPENDTC", "DTHDTC", "DTHFL"),
        *("INVID", "INVNAM", "BRTHDTC", "AGE", "AGEU", "SEX", "RACE", "ETHNIC", "COUNTRY"),
        *("ARM", "ARMCD", "ACTARM", "ACTARMCD", "ARMNRS", "ACTARMUD"),
    )
)
_WITHOUT_PREFIX: Final[dict[Domain, frozenset[str]]] = {
    "DM": _IDENTIFIERS | _OF_A_PATIENT,
    "SUPPAE": _IDENTIFIERS | _RELATING | _QUALIFYING,
    "RELREC": _IDENTIFIERS | _RELATING,
}
_UNITS: Final = {"ORRES": "ORRESU", "STRESC": "STRESU", "STRESN": "STRESU", "DOSE": "DOSU"}

_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_BETWEEN = re.compile(r"[.\-/ ]")
_ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f/\\|;%]|^\s|\s$")


class UnreadableRow(DomainError):
    """A row cannot be read; the rows after it can."""

    def __init__(self, code: str, problem: str) -> None:
        self.code, self.problem = code, problem
        super().__init__(problem)


def too_long_a_row() -> UnreadableRow:
    """That a row was not held as a whole."""
    return UnreadableRow(
        "row_too_long",
        f"the row has more than {MOST_OF_A_ROW} bytes: send it without what is so long",
    )


class FormMapping:
    """The settings of one source system, asked about forms and items."""

    def __init__(self, settings: SourceSystem) -> None:
        self._forms = {_plain(oid): domain for oid, domain in settings.forms.items()}
        self._items = {_plain(oid): variable for oid, variable in settings.items.items()}

    def domain(self, group: str, form: str) -> Domain | None:
        """The domain of the rows of an item group, or None where they are not imported."""
        for oid in (group, form):
            if said := self._forms.get(_plain(oid)):
                return _DOMAINS.get(said)
        for oid in (group, form):
            known = {part for part in oid.split(".") if part in _DOMAINS or part in _OTHER_DOMAINS}
            if known:
                return _DOMAINS.get(known.pop()) if len(known) == 1 else None
        return None

    def variable(self, domain: Domain, item: str) -> str | None:
        """The variable that an item is: of SDTM, or else its own OID where that can be a name."""
        if said := self._items.get(_plain(item)):
            return said
        last = item.rpartition(".")[2].strip().upper()
        if _is_of(domain, last):
            return last
        name = _BETWEEN.sub("_", item.strip().upper())
        return name if _VARIABLE.fullmatch(name) else None

    def put(self, fields: dict[str, str], variable: str, value: str, item: str) -> None:
        """Set a variable; UnreadableRow where two items of the row are the same variable."""
        if fields.setdefault(variable, value) != value:
            raise UnreadableRow(
                "duplicate_item",
                f"the item {item} gives {variable} a second value, {value[:100]!r} after "
                f"{fields[variable][:100]!r}: send one of them, or map them apart in the settings "
                "(items)",
            )


def unit_variable(variable: str) -> str | None:
    """The variable of SDTM that holds the unit of another, if there is one."""
    return next(
        (
            variable[: -len(end)] + unit
            for end, unit in _UNITS.items()
            if len(variable) == len(end) + 2 and variable.endswith(end)
        ),
        None,
    )


def is_only_asked(domain: Domain, fields: Mapping[str, str]) -> bool:
    """Whether all that a row says is if there was anything to report (AEYN of CDASH)."""
    return set(fields) == {f"{domain}YN"}


def row_key(*parts: str | None) -> str:
    """A row's identity made of names in a fixed order: at most 180 characters, without slashes."""
    key = ";".join(_ESCAPED.sub(_as_code, part or "") for part in parts)
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"{key[: LONGEST_KEY - 33]}~{digest}"


def _as_code(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode())


def _is_of(domain: Domain, variable: str) -> bool:
    if not _VARIABLE.fullmatch(variable):
        return False
    if variable in _WITHOUT_PREFIX.get(domain, _IDENTIFIERS):
        return True
    return len(domain) == 2 and len(variable) > 2 and variable.startswith(domain)


def _plain(oid: str) -> str:
    return oid.strip().casefold()
