"""Units of measurement, exactly: fractions, never floats, and a table of how units are written.

A unit belongs to one dimension, and units of one dimension convert into each other by arithmetic
alone. What also needs to know the substance (mg/dL to mmol/L) is a bridge between two dimensions
and belongs to the analyte (app/domain/laboratory/analyte.py).
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from app.domain.errors import Fault, Unusable

STRICT = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
_EXACT = re.compile(r"(-?\d+(?:\.\d+)?)(?:/(\d+(?:\.\d+)?))?", re.ASCII)


class BadUnits(Unusable):
    """The table of units cannot be used."""

    code = "bad_units"
    kind = "Table of units"


def _exact(value: Any) -> Any:
    """A number written as text: `0.45359237`, `1/60`, `1000/113.120`."""
    if isinstance(value, Fraction):
        return value
    found = _EXACT.fullmatch(value) if isinstance(value, str) else None
    if found is None or (found[2] is not None and not Fraction(found[2])):
        raise ValueError(f"{value!r} is no exact number: write it as text, such as '1/60'")
    return Fraction(found[1]) / Fraction(found[2] or 1)


Exact = Annotated[Fraction, BeforeValidator(_exact)]
Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit: the number in the dimension's base unit is `factor` times the number + `offset`.

    Only temperatures have an offset.
    """

    symbol: str
    dimension: str
    factor: Fraction
    offset: Fraction = Fraction(0)

    def to(self, number: Fraction, other: "Unit") -> Fraction:
        """The same quantity in the other unit, exactly.

        Raises ValueError where the other unit is of another dimension.
        """
        if other.dimension != self.dimension:
            raise ValueError(
                f"{self.symbol} is a unit of {self.dimension} and {other.symbol} one of "
                f"{other.dimension}: only a bridge of an analyte leads there"
            )
        return (self.factor * number + self.offset - other.offset) / other.factor


@dataclass(frozen=True, slots=True, kw_only=True)
class SpelledUnit:
    """A unit and how else it is written, besides its symbol."""

    unit: Unit
    spellings: tuple[str, ...]

    @property
    def all_spellings(self) -> tuple[str, ...]:
        """The symbol, then the other spellings."""
        return (self.unit.symbol, *self.spellings)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTable:
    """All units that are known, by dimension and spelling. `digest` covers the document."""

    id: str
    digest: str
    sources: tuple[str, ...]
    units: tuple[SpelledUnit, ...]
    exact: Mapping[tuple[str, str], Unit] = field(repr=False, compare=False)
    folded: Mapping[tuple[str, str], Unit] = field(repr=False, compare=False)
    written: frozenset[str] = field(repr=False, compare=False)

    def resolve(self, text: str, dimensions: Collection[str]) -> Unit | None:
        """The unit that the text means for something of these dimensions; None: not known here.

        The spelling as written comes first, a litre as L or l. Else case does not count, unless
        the text as written is a unit of something else (g/L of platelets is not G/L), its M is
        mega (Mmol/L is not mmol/L), or two units answer.
        """
        spelling = plain(text)
        found = _only(self.exact.get((each, spelling)) for each in dimensions)
        if found is None and spelling not in self.written and not _MEGA.match(spelling):
            fold = spelling.casefold()
            found = _only(self.folded.get((each, fold)) for each in dimensions)
        return found

    def spellings(self, dimension: str) -> tuple[SpelledUnit, ...]:
        """The units of a dimension, its base unit first, each with its spellings."""
        return tuple(each for each in self.units if each.unit.dimension == dimension)

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of all dimensions, in the document's order."""
        return tuple(dict.fromkeys(each.unit.dimension for each in self.units))


def _only(found: Iterator[Unit | None]) -> Unit | None:
    """The one unit that was found; None where there is none, or more than one."""
    units = {unit for unit in found if unit is not None}
    return units.pop() if len(units) == 1 else None


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_WIDE = {0xFF01 + each: chr(0x21 + each) for each in range(94)}
_LETTERS = _WIDE | str.maketrans(
    {"µ": "u", "\u03bc": "u", "\u00d7": "x", "·": ".", "\u2215": "/", "\u2044": "/"}
)
_POWER_OF_TEN = re.compile(r"^[xX*.]?(?:10(?:\^|\*\*?|[eE]\+?)|1?[eE]\+?)0?(?=[1-9])", re.ASCII)
_POWER_APART = re.compile(r"^(\s*[xX*.]?\s*10)\s+([1-9]\d?)(?=\s*/)", re.ASCII)
_POWER_BRACKETED = re.compile(r"^([xX*.]?10)\(([1-9]\d?)\)", re.ASCII)
_MEGA = re.compile(r"M(?:mol|[eE]q|g|l|s|m)")
_POWER_OF_UNIT = re.compile(r"(?<=[A-Za-z])(?:\^|\*\*?)(?=[23](?!\d))", re.ASCII)


def plain(text: str) -> str:
    """One way of writing for what is only typography: spaces, micro signs, wide letters, powers.

    `x 10⁹ / L`, `10*9/L`, `10(9)/L`, `10 9/L`, `E9/L` and `10E9/L` become `10^9/L`; `m²` and `m^2`
    become `m2`. As in CTCAE, `10e9` is read as ten to the ninth. A point at the end does not
    count. Case is kept.
    """
    raised = _RAISED.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    apart = _POWER_APART.sub(r"\1^\2", raised.translate(_LETTERS))
    joined = _POWER_BRACKETED.sub(r"\1^\2", "".join(apart.split()).rstrip("."))
    return _POWER_OF_UNIT.sub("", _POWER_OF_TEN.sub("10^", joined))


def _litre(spelling: str) -> str:
    """As it is written with a small l."""
    return spelling.replace("L", "l")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    __pydantic_config__ = STRICT

    symbol: str
    factor: Exact
    offset: Exact = Fraction(0)
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dimension:
    __pydantic_config__ = STRICT

    id: Word
    title: str
    units: Annotated[tuple[_Unit, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = STRICT

    id: str
    title: str
    sources: tuple[str, ...]
    dimensions: Annotated[tuple[_Dimension, ...], Field(min_length=1)]


_DOCUMENT = TypeAdapter(_Document)


def read_units(document: Mapping[str, Any], digest: str) -> UnitTable:
    """Validate a document of units and make the table. Raises BadUnits with every fault."""
    name = str(document.get("id", "(without id)"))
    try:
        read = _DOCUMENT.validate_python(document)
    except ValidationError as error:
        raise BadUnits(name, faults_of(error)) from error
    if faults := tuple(_faults(read)):
        raise BadUnits(name, faults)
    units = tuple(_units(read))
    spelled = [
        (each.unit, written)
        for each in units
        for text in each.all_spellings
        for written in (_litre(plain(text)), plain(text))
    ]
    return UnitTable(
        id=read.id,
        digest=digest,
        sources=read.sources,
        units=units,
        exact={(unit.dimension, text): unit for unit, text in spelled},
        folded={(unit.dimension, text.casefold()): unit for unit, text in spelled},
        written=frozenset(text for _, text in spelled),
    )


def faults_of(error: ValidationError) -> tuple[Fault, ...]:
    """What a document's validation found, each at its place."""
    return tuple(
        Fault(pointer="/" + "/".join(map(str, each["loc"])), message=each["msg"])
        for each in error.errors(include_url=False, include_input=False)
    )


def _units(document: _Document) -> Iterator[SpelledUnit]:
    for dimension in document.dimensions:
        for each in dimension.units:
            unit = Unit(
                symbol=each.symbol,
                dimension=dimension.id,
                factor=each.factor,
                offset=each.offset,
            )
            yield SpelledUnit(unit=unit, spellings=each.spellings)


def _faults(document: _Document) -> Iterator[Fault]:
    names = Counter(dimension.id for dimension in document.dimensions)
    for number, dimension in enumerate(document.dimensions):
        at = f"/dimensions/{number}"
        if names[dimension.id] > 1:
            yield Fault(pointer=at, message=f"dimension {dimension.id!r} stands twice")
        base = dimension.units[0]
        if base.factor != 1 or base.offset:
            yield Fault(pointer=f"{at}/units/0", message="the first unit is the base: factor 1")
        yield from _faults_of_units(dimension.units, f"{at}/units")


def _faults_of_units(units: tuple[_Unit, ...], at: str) -> Iterator[Fault]:
    """A factor that is none, a spelling that stands twice, one that case alone tells apart."""
    seen: set[str] = set()
    folds: dict[str, str] = {}
    for number, unit in enumerate(units):
        here = f"{at}/{number}"
        if unit.factor <= 0:
            yield Fault(pointer=f"{here}/factor", message="a factor is above 0")
        for text in (unit.symbol, *unit.spellings):
            spelling = plain(text)
            if spelling in seen:
                yield Fault(pointer=here, message=f"{text!r} stands twice, written as {spelling}")
            seen.add(spelling)
            other = folds.setdefault(spelling.casefold(), unit.symbol)
            if other != unit.symbol:
                yield Fault(pointer=here, message=f"only case tells {text!r} from {other}")
