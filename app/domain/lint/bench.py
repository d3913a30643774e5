"""What any reading or change of the rules decides of the boundary cases, in one call each.

A case is a course and a term with answers. Each of both is encoded once, by the way that patients'
records go, and put together in columns, so that thousands of cases cost little more than hundreds.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain.adjudication.prepare import prepare
from app.domain.adjudication.protocol import ReadyProtocol, Rules
from app.domain.case import Subject
from app.domain.dlt import formula as f
from app.domain.dlt.clauses import conditions_in
from app.domain.dlt.columns import Columns, Index, Instants, Small
from app.domain.dlt.encode import encode
from app.domain.dlt.facts import FROM_AN_INSTANT, Fact
from app.domain.dlt.judge import Verdict, judge
from app.domain.dlt.program import Program, TermFacts, program_of
from app.domain.dlt.readings import Decided
from app.domain.dlt.rule import HasCompanion, Recurs, RuleSet
from app.domain.lint.cases import cases_of
from app.domain.lint.classes import classes_of
from app.domain.lint.courses import minutes
from app.domain.lint.profiles import Form, Profile
from app.domain.lint.records import ZONE, instant, subject_of
from app.domain.lint.shapes import DAY, Shape
from app.domain.time import PartialTime

_Aside: TypeAlias = tuple[tuple[str, tuple[Any, ...]], ...]
_AFTER: Final = 60 * DAY
"""The cut lies so long after the last recorded minute, so that clocks of open events run out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What is decided of some cases, in rising order. Shapes are (rows,)."""

    rows: Index
    verdict: Small
    at: Instants
    referred: NDArray[np.bool_]

    def unlike(self, other: "Verdicts") -> Index:
        """The cases of which both decide otherwise: the verdict, its instant or the referral."""
        found = (self.verdict != other.verdict) | (self.at != other.at)
        found |= self.referred != other.referred
        chosen: Index = self.rows[np.flatnonzero(found)]
        return chosen

    def of(self, rows: Index) -> "Verdicts":
        """Those of some of these cases, in rising order."""
        place = np.searchsorted(self.rows, rows)
        return Verdicts(
            rows=rows,
            verdict=self.verdict[place],
            at=self.at[place],
            referred=self.referred[place],
        )

    def having(self, verdict: Verdict) -> Index:
        """The cases with this verdict."""
        chosen: Index = self.rows[np.flatnonzero(self.verdict == verdict)]
        return chosen


class Bench:
    """The boundary cases of one protocol, ready to be judged by any variant of its rules."""

    def __init__(self, ready: ReadyProtocol, variants: Sequence[Decided]) -> None:
        """`variants` are the readings to draw lines by; the first is the document as decided."""
        self.ready = ready
        classes = classes_of(ready.dictionary.terms, variants)
        self.standing = tuple(each for known in classes for each in known.terms)
        self._besides = frozenset().union(*(_besides(each) for each in variants))
        judged = dict.fromkeys((*(each.name for each in self.standing), *sorted(self._besides)))
        self._facts_of_terms = tuple(
            TermFacts(name=each, laboratory=ready.dictionary.term(each).laboratory)
            for each in judged
        )
        self.variants = tuple(self.compiled(each, each.rules) for each in variants)
        self.base = self.variants[0]
        self._asked: dict[Fact, int] = {}
        for each in self.variants:
            self._known(each.program.facts)
        self.cases = cases_of(classes, [each.program for each in self.variants], variants)
        self._term = np.array([each.term for each in self.cases.profiles])[self.cases.profile]
        self._kept: dict[Hashable, Columns] = {}

    def compiled(
        self, decided: Decided, rules: RuleSet, terms: Collection[str] | None = None
    ) -> Rules:
        """A reading with other rules in the place of its own, as they judge the cases.

        With `terms`, those of these terms alone, which is quicker.
        """
        judged = [
            each
            for each in self._facts_of_terms
            if terms is None or each.name in terms or each.name in self._besides
        ]
        return Rules(
            decided=replace(decided, rules=rules),
            program=program_of(rules, decided.groups, judged),
        )

    @cached_property
    def everything(self) -> Index:
        """All cases."""
        return np.arange(len(self.cases))

    @cached_property
    def cut(self) -> int:
        """The minute of the data cut."""
        longest = max(
            (
                minutes(clock.clock.limit)
                for rules in self.variants
                for judgements in rules.program.judgements
                for each in judgements
                for clock in each.clocks
            ),
            default=0,
        )
        return max((each.last for each in self.cases.shapes), default=0) + longest + _AFTER

    @property
    def as_of(self) -> PartialTime:
        """The data cut as a request writes it."""
        return instant(self.cut)

    def rows_of_terms(self, terms: set[str]) -> Index:
        """The cases of some terms."""
        rows: Index = np.flatnonzero(np.isin(self._term, sorted(terms)))
        return rows

    def judged(self, rules: Rules, rows: Index | None = None) -> Verdicts:
        """What a variant decides of some of the cases, or of all."""
        chosen = self.everything if rows is None else rows
        columns = self._columns(rules, chosen)
        found = judge(columns, rules.program)
        return Verdicts(rows=chosen, verdict=found.verdict, at=found.at, referred=found.referred)

    def subject(self, row: int, rules: Rules | None = None) -> Subject:
        """The record of a case."""
        cases = self.cases
        return self.record(
            cases.shapes[cases.shape[row]],
            cases.profiles[cases.profile[row]],
            rules or self.base,
        )

    def _columns(self, rules: Rules, rows: Index) -> Columns:
        program = rules.program
        joins = bool(program.joins)
        courses, forms = self._courses(rules), self._forms(rules)
        shape, profile = self.cases.shape[rows], self.cases.profile[rows]
        if joins:  # what else the patient has belongs to the answers, and is told by the course
            shape = self._together[1][rows]
        taken = courses.take(shape)
        known = self._known(program.facts)
        facts = forms.facts[[known[each] for each in program.facts]][:, profile]
        joined = [program.facts[row] for row in program.joins]
        facts[list(program.joins)] = taken.facts[[known[each] for each in joined]]
        since = [self._joining().index(known[each]) for each in joined]
        signature = np.array(
            [program.signature_of_term.get(each.term, 0) for each in self.cases.profiles],
            dtype=np.int16,
        )
        return replace(
            taken,
            signature=signature[profile],
            possible_grades=forms.possible_grades[profile],
            facts=np.ascontiguousarray(facts),
            since_first=taken.since_first[since],
            since_last=taken.since_last[since],
            since_assumed=taken.since_assumed[since],
        )

    @cached_property
    def _together(self) -> tuple[tuple[tuple[Shape, Profile], ...], Index]:
        """Each course with each set of other events, and of interventions in time, that some case
        has it with; and of every case which of them it is.
        """
        # Where occurrences are counted, it matters of which term the judged event is.
        counts = any(
            fact.kind == "occurrence" for rules in self.variants for fact in rules.program.facts
        )
        anybody = self.standing[0].name
        numbers: dict[tuple[str, _Aside], int] = {}
        beside = np.array(
            [
                numbers.setdefault(
                    (each.term if counts else anybody, _aside(each.form)), len(numbers)
                )
                for each in self.cases.profiles
            ],
            dtype=np.int64,
        )
        found, of_case = np.unique(
            np.stack((beside[self.cases.profile], self.cases.shape)), axis=1, return_inverse=True
        )
        sets = [Profile(term=term, form=dict(each)) for term, each in numbers]
        pairs = tuple((self.cases.shapes[shape], sets[other]) for other, shape in found.T)
        return pairs, of_case.reshape(-1)

    def _courses(self, rules: Rules) -> Columns:
        """The courses alone, as the clocks and the window of these rules read them.

        Where the rules ask for other events, or for interventions in time, once for each set.
        """
        program, chosen = rules.program, rules.decided.rules
        clocks, window = chosen.clocks, chosen.window
        joins = bool(program.joins)
        key: Hashable = (
            "courses", window.agent, window.anchor, clocks.after_last_report,
            clocks.death_from_another_cause, chosen.observed_in,
            (len(self._known(program.facts)), *program.groups.items()) if joins else (),
        )  # fmt: skip
        if key not in self._kept:
            anyone = Profile(term=self.standing[0].name, form={})
            alone = ((shape, anyone) for shape in self.cases.shapes)
            subjects = [
                self.record(shape, profile, rules)
                for shape, profile in (self._together[0] if joins else alone)
            ]
            # The rows' own terms are told apart later, and their answers beside the courses.
            anybody = replace(
                program,
                signature_of_term=self.base.program.signature_of_term,
                facts=tuple(self._asked) if joins else (),
                joins=self._joining() if joins else (),
            )
            self._kept[key] = self._encoded(subjects, replace(rules, program=anybody))
        return self._kept[key]

    def _known(self, facts: Sequence[Fact]) -> Mapping[Fact, int]:
        """The rows of all facts that were ever asked for; what the answers are looked up by."""
        for each in facts:
            self._asked.setdefault(each, len(self._asked))
        return self._asked

    def _joining(self) -> tuple[int, ...]:
        """The rows of those facts that are told by the event's course as well."""
        return tuple(row for fact, row in self._asked.items() if fact.kind in FROM_AN_INSTANT)

    def _forms(self, rules: Rules) -> Columns:
        """The terms with their answers alone, to every fact that was ever asked for."""
        chosen = rules.decided.rules
        known = self._known(rules.program.facts)
        key: Hashable = (
            "forms", len(known), chosen.syndromes, chosen.clocks.unknown_grades,
            chosen.observed_in, chosen.window.agent,
        )  # fmt: skip
        if key not in self._kept:
            plain = Shape(steps=((DAY, 1), (2 * DAY, 0)))
            subjects = [self.record(plain, each, rules) for each in self.cases.profiles]
            every = replace(self.base.program, rules=chosen, facts=tuple(known), joins=())
            self._kept[key] = self._encoded(subjects, replace(rules, program=every))
        return self._kept[key]

    def _encoded(self, subjects: Sequence[Subject], rules: Rules) -> Columns:
        """The first event of each patient as columns; patients keep their place."""
        ready = replace(self.ready, rules=rules)
        prepared = prepare(subjects, ready, self.as_of, ZONE)
        words: Mapping[str, Sequence[str]] = self.ready.document.interventions
        columns = encode([each.recorded for each in prepared], rules.program, words)
        counts = [len(each.recorded.events) for each in prepared]
        first = np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)
        return columns.take(first)

    def judged_alone(self, shape: Shape, profile: Profile, rules: Rules) -> Verdicts:
        """What a variant decides of one case that need not be a boundary case."""
        columns = self._encoded([self.record(shape, profile, rules)], rules)
        found = judge(columns, rules.program)
        return Verdicts(
            rows=np.array([0]), verdict=found.verdict, at=found.at, referred=found.referred
        )

    def record(self, shape: Shape, profile: Profile, rules: Rules) -> Subject:
        """The record of a course with a term and answers, as these rules ask for it."""
        chosen = rules.decided.rules
        syndrome = next(
            (
                each.term
                for each in chosen.syndromes
                if profile.term in each.symptoms and profile.term not in each.own_clause
            ),
            None,
        )
        return subject_of(
            shape,
            profile.term,
            profile.form,
            agent=chosen.window.agent,
            phase=chosen.observed_in[0],
            ruled=self.cut - DAY,
            syndrome=syndrome,
            groups=rules.decided.groups,
        )


def _aside(form: Form) -> _Aside:
    """What a form dates beside the event's course."""
    dated = ("companions", "treated", "interventions") if "treated" in form else ("companions",)
    return tuple((name, form[name]) for name in dated if name in form)


def _besides(decided: Decided) -> frozenset[str]:
    """The terms of events that stand beside the judged one: syndromes, and others at its time."""
    told = {each.term for each in decided.rules.syndromes}
    for each in conditions_in(decided.rules):
        if isinstance(each, HasCompanion | Recurs):
            asked = each.concurrent if isinstance(each, HasCompanion) else each.occurrence
            told.update(
                (asked.term,) if asked.term else decided.groups.get(asked.group or "", ())[:1]
            )
    return frozenset(told)


def concerned(program: Program, clause: str) -> set[str]:
    """The terms of the cases that a clause may concern."""
    signatures = {
        number
        for number, judgements in enumerate(program.judgements)
        for each in judgements
        if (each.criterion == clause and each.when is not f.FALSE)
        or any(part.clause == clause for part in each.exceptions)
    }
    return {name for name, number in program.signature_of_term.items() if number in signatures}
