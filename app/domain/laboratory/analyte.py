"""What is measured: analytes, the names and codes by which reports know them, their bridges.

A bridge leads from one dimension to another where the substance says how: a molar mass from mass
to amount, a charge from amount to equivalents.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import prod
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.errors import Fault, Unusable
from app.domain.quantities import STRICT, Exact, Unit, UnitTable, Word, faults_of, plain

MASS = "mass_concentration"
AMOUNT = "substance_concentration"
EQUIVALENTS = "equivalents"


class BadAnalytes(Unusable):
    """The document of analytes cannot be used."""

    code = "bad_analytes"
    kind = "Document of analytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A number in the base unit of one dimension, times `factor`, is one in that of the other."""

    __pydantic_config__ = STRICT

    from_dimension: Word
    to_dimension: Word
    factor: Exact
    because: str

    def reversed(self) -> "Bridge":
        """The way back."""
        return Bridge(
            from_dimension=self.to_dimension,
            to_dimension=self.from_dimension,
            factor=1 / self.factor,
            because=self.because,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherUnits:
    """Units that are met and are not accepted, and what to do with a result in one of them."""

    __pydantic_config__ = STRICT

    units: Annotated[tuple[str, ...], Field(min_length=1)]
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyte:
    """One measurement.

    `units` are those in which laboratories report it; any other is taken for a mistake.
    `dimensions` are theirs. `words` are results in words, in lower case, with the number that
    each stands for. `cdisc` are test codes of SDTM (LBTESTCD, VSTESTCD, EGTESTCD, …), `loinc` code
    numbers of LOINC.
    """

    id: str
    title: str
    dimensions: tuple[str, ...]
    units: tuple[Unit, ...]
    other_units: tuple[OtherUnits, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    words: Mapping[str, Decimal] = field(default_factory=dict, hash=False)
    negative_allowed: bool = False
    synonyms: tuple[str, ...] = ()
    cdisc: tuple[str, ...] = ()
    loinc: tuple[str, ...] = ()

    def bridge(self, from_dimension: str, to_dimension: str) -> Bridge | None:
        """How to get from one dimension to the other; None where the analyte has no such way."""
        for bridge in self.bridges:
            for each in (bridge, bridge.reversed()):
                if (each.from_dimension, each.to_dimension) == (from_dimension, to_dimension):
                    return each
        return None

    def unit(self, text: str | None, units: UnitTable) -> Unit | None:
        """The unit in which a result is reported; None where it is not known for this analyte.

        Without a text it is that of what has none: INR, pH, the steps of a dipstick.
        """
        found = self.printed_unit(text or "", units)
        return found if found in self.units else None

    def printed_unit(self, text: str, units: UnitTable) -> Unit | None:
        """The unit of a threshold, which results need not be reported in."""
        return units.resolve(text, self.dimensions)

    def way_out(self, unit: str) -> str | None:
        """What to do with a result in a unit that is met and not accepted; None: not known."""
        spelling = plain(unit).casefold()
        for each in self.other_units:
            if spelling in {plain(text).casefold() for text in each.units}:
                return each.way_out
        return None

    def number_of(self, word: str) -> Decimal | None:
        """What a result in words stands for; case and spaces do not count."""
        return self.words.get("".join(word.casefold().split()))

    @property
    def names(self) -> tuple[str, ...]:
        """All that means this analyte."""
        return (self.id, self.title, *self.synonyms, *self.cdisc, *self.loinc)


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousAnalyte:
    """A name that more than one analyte may be meant by, or that none may be graded by."""

    text: str
    candidates: tuple[str, ...]
    way_out: str

    @property
    def message(self) -> str:
        """The thing and the way out, as a sentence."""
        return f"{self.text!r} does not say which measurement is meant: {self.way_out}."


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousNames:
    """Names that are ambiguous in one way, and what to send instead."""

    __pydantic_config__ = STRICT

    names: Annotated[tuple[str, ...], Field(min_length=1)]
    candidates: Annotated[tuple[Word, ...], Field(min_length=1)]
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytes:
    """All analytes that are known. `digest` covers the document."""

    id: str
    digest: str
    sources: tuple[str, ...]
    analytes: tuple[Analyte, ...]
    ambiguous: tuple[AmbiguousNames, ...]
    named: Mapping[str, Analyte | AmbiguousNames] = field(repr=False, compare=False)

    def resolve(self, text: str) -> Analyte | AmbiguousAnalyte | None:
        """The analyte by id, title, synonym, CDISC test code or LOINC code; None: not known.

        Case does not count, nor how many spaces stand between words.
        """
        match self.named.get(_fold(text)):
            case AmbiguousNames() as found:
                return AmbiguousAnalyte(
                    text=text, candidates=found.candidates, way_out=found.way_out
                )
            case found:
                return found

    def by_id(self, analyte_id: str) -> Analyte:
        """The analyte with this id. Raises KeyError."""
        found = self.named[analyte_id]
        if isinstance(found, AmbiguousNames) or found.id != analyte_id:
            raise KeyError(analyte_id)
        return found


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True, kw_only=True)
class _MolarMass:
    """In grams for each mole; `of` is the formula, or the name where there is none.

    `note` says what the formula stands for where that is not the analyte itself.
    """

    __pydantic_config__ = STRICT

    number: Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")]
    of: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Analyte:
    __pydantic_config__ = STRICT

    id: Word
    title: str
    dimensions: Annotated[tuple[Word, ...], Field(min_length=1)]
    units: Annotated[tuple[str, ...], Field(min_length=1)]
    other_units: tuple[OtherUnits, ...] = ()
    molar_mass: _MolarMass | None = None
    charge: Annotated[int, Field(ge=1)] | None = None
    bridges: tuple[Bridge, ...] = ()
    words: dict[str, Decimal] = field(default_factory=dict)
    negative_allowed: bool = False
    synonyms: tuple[str, ...] = ()
    cdisc: tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$")], ...] = ()
    loinc: tuple[Annotated[str, Field(pattern=r"^\d{1,7}-\d$")], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Document:
    __pydantic_config__ = STRICT

    id: str
    title: str
    sources: tuple[str, ...]
    analytes: Annotated[tuple[_Analyte, ...], Field(min_length=1)]
    ambiguous: tuple[AmbiguousNames, ...] = ()


_DOCUMENT = TypeAdapter(_Document)


def read_analytes(document: Mapping[str, Any], digest: str, units: UnitTable) -> Analytes:
    """Validate a document of analytes, whose dimensions and units the table must know.

    Raises BadAnalytes with every fault.
    """
    name = str(document.get("id", "(without id)"))
    try:
        read = _DOCUMENT.validate_python(document)
    except ValidationError as error:
        raise BadAnalytes(name, faults_of(error)) from error
    analytes = tuple(_analyte(each, units) for each in read.analytes)
    in_units = _faults_in_units(read.analytes, analytes)
    if faults := (*_faults(analytes, read.ambiguous, units), *in_units):
        raise BadAnalytes(name, faults)
    named: dict[str, Analyte | AmbiguousNames] = {}
    for analyte in analytes:
        named |= {_fold(each): analyte for each in analyte.names}
    for ambiguous in read.ambiguous:
        named |= {_fold(each): ambiguous for each in ambiguous.names}
    return Analytes(
        id=read.id,
        digest=digest,
        sources=read.sources,
        analytes=analytes,
        ambiguous=read.ambiguous,
        named=named,
    )


def _analyte(read: _Analyte, units: UnitTable) -> Analyte:
    known = {
        each.unit.symbol: each.unit
        for dimension in read.dimensions
        for each in units.spellings(dimension)
    }
    return Analyte(
        id=read.id,
        title=read.title,
        dimensions=read.dimensions,
        units=tuple(known[symbol] for symbol in read.units if symbol in known),
        other_units=read.other_units,
        bridges=(*_bridges(read.molar_mass, read.charge), *read.bridges),
        words=read.words,
        negative_allowed=read.negative_allowed,
        synonyms=read.synonyms,
        cdisc=read.cdisc,
        loinc=read.loinc,
    )


def _bridges(molar_mass: _MolarMass | None, charge: int | None) -> Iterator[Bridge]:
    """From g/L to mmol/L by the molar mass, to mEq/L by the charge, and by both at once."""
    steps: list[tuple[Fraction, str]] = []
    if molar_mass is not None:
        of = f"{molar_mass.of}: {molar_mass.note}" if molar_mass.note else molar_mass.of
        mass = f"molar mass {molar_mass.number} g/mol ({of})"
        steps.append((1000 / Fraction(molar_mass.number), mass))
        yield _bridge(MASS, AMOUNT, *steps)
    if charge is not None:
        steps.append((Fraction(charge), f"1 mmol of charge {charge} is {charge} mEq"))
        yield _bridge(AMOUNT, EQUIVALENTS, steps[-1])
        if molar_mass is not None:
            yield _bridge(MASS, EQUIVALENTS, *steps)


def _bridge(start: str, end: str, *steps: tuple[Fraction, str]) -> Bridge:
    return Bridge(
        from_dimension=start,
        to_dimension=end,
        factor=prod((factor for factor, _ in steps), start=Fraction(1)),
        because="; ".join(because for _, because in steps),
    )


def _faults(
    analytes: tuple[Analyte, ...], ambiguous: tuple[AmbiguousNames, ...], units: UnitTable
) -> Iterator[Fault]:
    ids = {analyte.id for analyte in analytes}
    owners: dict[str, list[str]] = defaultdict(list)
    for number, analyte in enumerate(analytes):
        at = f"/analytes/{number}"
        yield from _faults_of_dimensions(analyte, set(units.dimensions), at)
        for name in sorted({_fold(each) for each in analyte.names}):
            owners[name].append(at)
    for number, names in enumerate(ambiguous):
        at = f"/ambiguous/{number}"
        for candidate in sorted(set(names.candidates) - ids):
            yield Fault(pointer=at, message=f"there is no analyte {candidate!r}")
        for name in map(_fold, names.names):
            owners[name].append(at)
    for name, places in owners.items():
        for place in places[1:]:
            yield Fault(pointer=place, message=f"{name!r} already stands at {places[0]}")


def _faults_of_dimensions(analyte: Analyte, known: set[str], at: str) -> Iterator[Fault]:
    ends = {(each.from_dimension, each.to_dimension) for each in analyte.bridges}
    bridged = {dimension for each in ends for dimension in each}
    for dimension in sorted(set(analyte.dimensions) - known):
        yield Fault(pointer=at, message=f"there is no dimension {dimension!r}")
    for dimension in sorted(bridged - set(analyte.dimensions)):
        yield Fault(pointer=at, message=f"it has a bridge but no dimension {dimension!r}")


def _faults_in_units(read: tuple[_Analyte, ...], made: tuple[Analyte, ...]) -> Iterator[Fault]:
    for number, (document, analyte) in enumerate(zip(read, made, strict=True)):
        at = f"/analytes/{number}/units"
        symbols = {unit.symbol for unit in analyte.units}
        for place, symbol in enumerate(document.units):
            if symbol not in symbols:
                message = f"{symbol!r} is the symbol of no unit of its dimensions"
                yield Fault(pointer=f"{at}/{place}", message=message)
            elif symbol in document.units[:place]:
                yield Fault(pointer=f"{at}/{place}", message=f"{symbol!r} stands twice")
        used = {unit.dimension for unit in analyte.units}
        for dimension in sorted(set(analyte.dimensions) - used):
            yield Fault(pointer=at, message=f"none is of its dimension {dimension!r}")
        for symbol in sorted(filter(analyte.way_out, symbols)):
            yield Fault(pointer=at, message=f"{symbol!r} is also among the other units")
