"""Everything that grading needs, joined: criteria, analytes and units, and the ladders of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from app.domain.laboratory.analyte import Analyte, Analytes
from app.domain.laboratory.criteria import Criteria, TermCriteria
from app.domain.laboratory.ladder import Ladder, UnitState, ladder_of, systems_of
from app.domain.quantities import Unit, UnitTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a ladder is made of: a term, an analyte that grades it, and the unit of the result."""

    term: TermCriteria
    analyte: Analyte
    unit: Unit | None
    state: UnitState


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Criteria with the analytes and units that they are read with.

    `digest` covers all three.
    """

    criteria: Criteria
    analytes: Analytes
    units: UnitTable
    digest: str

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every term by every analyte of it, in every unit of that, and without one."""
        return tuple(self._rules())

    def ladder(self, number: int) -> Ladder:
        """The ladder of a rule, made when it is first asked for.

        Two threads that ask at once make the same ladder twice, which harms nobody.
        """
        made = self._made.get(number)
        if made is None:
            rule = self.rules[number]
            made = self._made[number] = ladder_of(
                rule.term,
                rule.analyte,
                rule.unit,
                self.units,
                symptoms=self.criteria.symptoms,
                state=rule.state,
            )
        return made

    def other_ladders(self, number: int) -> tuple[Ladder, ...]:
        """The ladders of a rule by thresholds that are printed in units of other dimensions."""
        found = self._others.get(number)
        if found is None:
            rule, unit = self.rules[number], self.rules[number].unit
            systems = () if unit is None else systems_of(rule.term, rule.analyte, self.units)
            found = self._others[number] = tuple(
                ladder_of(
                    rule.term,
                    rule.analyte,
                    unit,
                    self.units,
                    symptoms=self.criteria.symptoms,
                    system=system,
                )
                for system in systems
                if unit is not None and system != unit.dimension
            )
        return found

    @cached_property
    def _others(self) -> dict[int, tuple[Ladder, ...]]:
        return {}

    @cached_property
    def _made(self) -> dict[int, Ladder]:
        return {}

    @cached_property
    def terms(self) -> Mapping[str, TermCriteria]:
        """The terms that numbers can grade, by name."""
        return {term.term: term for term in self.criteria.terms}

    def of_analyte(self, analyte: str) -> tuple[TermCriteria, ...]:
        """The terms that an analyte can grade."""
        return tuple(term for term in self.criteria.terms if analyte in term.analytes)

    def number_of(self, term: str, analyte: str, unit: Unit | None, state: UnitState) -> int:
        """Which ladder grades this. Raises KeyError where the analyte does not grade the term."""
        return self._numbers[term, analyte, unit, state]

    @cached_property
    def _numbers(self) -> Mapping[tuple[str, str, Unit | None, UnitState], int]:
        return {
            (rule.term.term, rule.analyte.id, rule.unit, rule.state): number
            for number, rule in enumerate(self.rules)
        }

    def _rules(self) -> Iterator[Rule]:
        for term in self.criteria.terms:
            for name in term.analytes:
                analyte = self.analytes.by_id(name)
                for unit in analyte.units:
                    yield Rule(term=term, analyte=analyte, unit=unit, state=UnitState.KNOWN)
                for state in (UnitState.MISSING, UnitState.UNKNOWN):
                    yield Rule(term=term, analyte=analyte, unit=None, state=state)
