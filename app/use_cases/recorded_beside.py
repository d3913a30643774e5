"""What people recorded of an event beside what its rows tell.

Rows tell the whole course and the term; of all else they tell single things: a fact, a judgement
of one agent by one assessor, a treatment, a criterion. What somebody recorded and no row tells
stays. Where a row tells another value than somebody did, the row's holds, as everywhere, and that
is told. What rows told themselves and tell no more goes.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from app.domain.case import AdverseEvent, Causality, Intervention, ReportedGrade, Seriousness
from app.use_cases.provenance import Provenance

_Key = TypeVar("_Key", bound=Hashable)
_TOLD_AS_A_WHOLE: Final[Mapping[str, object]] = {
    "baseline_grade": None,
    "laboratory": None,
    "clinically_significant": None,
    "significance": None,
    "other_crs_symptoms": None,
    "assessments": (),
    "part_of": None,
    "synonym_of": None,
    "alternative_causes": None,
}
"""Fields of an event that rows tell as one thing, or not at all, and what they are then. Of most,
no rows tell but those of our own exports.
"""
_TOLD_BY_ROWS: Final = ("term", "meddra_code", "grades", "ongoing", "ongoing_as_of", "worst_grade")
_CRITERIA: Final = tuple(each.name for each in fields(Seriousness))


@dataclass(slots=True, kw_only=True)
class _Joining:
    """What rows make of an event, joined with what holds of it."""

    made: AdverseEvent
    held: AdverseEvent
    provenance: Provenance
    overruled: dict[str, None] = field(default_factory=dict)

    def part(
        self, made: Any, held: Any, pick: Callable[[AdverseEvent], object], name: str,
        *, blank: object = None,
    ) -> Any:  # fmt: skip
        """One thing: what rows tell of it, else what somebody recorded."""
        if made == held:
            return made
        if made == blank:
            return made if self.provenance.is_of_rows(pick) else held
        if held == blank:
            overruled = self.provenance.was_taken_out(pick)
        else:
            overruled = not self.provenance.is_of_rows(pick)
        if overruled:
            self.overruled[name] = None
        return made

    def by_key(
        self,
        made: Mapping[_Key, Any],
        held: Mapping[_Key, Any],
        of: Callable[[AdverseEvent], Mapping[_Key, Any]],
        name: str,
    ) -> dict[_Key, Any]:
        """The same of each thing that has a key."""
        found = {
            key: self.part(made.get(key), held.get(key), _at(of, key), name)
            for key in (*made, *(each for each in held if each not in made))
        }
        return {key: each for key, each in found.items() if each is not None or key in made}

    def joined(self) -> AdverseEvent:
        """The event as it is to be recorded."""
        made, held = self.made, self.held
        for name in _TOLD_BY_ROWS:
            one, other = getattr(made, name), getattr(held, name)
            if one != other and not self.provenance.is_of_rows(attrgetter(name)):
                self.overruled[name] = None
        return replace(
            made,
            **{name: self._whole(name, blank) for name, blank in _TOLD_AS_A_WHOLE.items()},
            facts=self.by_key(made.facts, held.facts, _facts, "facts"),
            causality=_in_order(
                _flat(self.by_key(_judged(made), _judged(held), _judged, "causality")),
                made.causality,
            ),
            reported_grades=self._reported(),
            seriousness=self._seriousness(),
            interventions=self._interventions(),
        )

    def _whole(self, name: str, blank: object) -> Any:
        made, held = getattr(self.made, name), getattr(self.held, name)
        return self.part(made, held, attrgetter(name), name, blank=blank)

    def _reported(self) -> tuple[ReportedGrade, ...]:
        found = self.by_key(_reports(self.made), _reports(self.held), _reports, "reported_grades")
        return self.made.reported_grades if found == _reports(self.made) else tuple(found)

    def _seriousness(self) -> Seriousness | None:
        found = self.by_key(_met(self.made), _met(self.held), _met, "seriousness")
        return Seriousness(**found) if found else None

    def _interventions(self) -> tuple[Intervention, ...] | None:
        """Rows tell which kinds were given, and most never when: then the times that somebody
        recorded stay. That there were none denies all.
        """
        made, held = self.made.interventions, self.held.interventions
        if not held or (made is not None and not made):
            whole = attrgetter("interventions")
            return self.part(made, held, whole, "interventions")  # type: ignore[no-any-return]
        told = {kind: self._timed(kind, each) for kind, each in _given(self.made).items()}
        found = self.by_key(told, _given(self.held), _given, "interventions")
        return _in_order(_flat(found), made or ()) if found or made is not None else None

    def _timed(self, kind: str, made: tuple[Intervention, ...]) -> tuple[Intervention, ...]:
        """The interventions of a kind; with a person's times where rows tell none."""
        held = _given(self.held).get(kind, made)
        if any(each != Intervention(kind=kind) for each in made):
            return made
        return made if self.provenance.is_of_rows(_at(_given, kind)) else held


def joined_with_what_holds(
    made: AdverseEvent, held: AdverseEvent, provenance: Provenance
) -> tuple[AdverseEvent, tuple[str, ...]]:
    """The event that rows make, with what people recorded beside it; and the names of the fields
    in which rows tell another value than somebody recorded.
    """
    joining = _Joining(made=made, held=held, provenance=provenance)
    return joining.joined(), tuple(joining.overruled)


def _at(
    of: Callable[[AdverseEvent], Mapping[_Key, Any]], key: _Key
) -> Callable[[AdverseEvent], object]:
    return lambda event: of(event).get(key)


def _facts(event: AdverseEvent) -> Mapping[str, Any]:
    return event.facts


def _judged(event: AdverseEvent) -> dict[tuple[str, str | None], tuple[Causality, ...]]:
    return _by(event.causality, lambda each: (each.agent, each.assessor))


def _given(event: AdverseEvent) -> dict[str, tuple[Intervention, ...]]:
    return _by(event.interventions or (), lambda each: each.kind)


def _reports(event: AdverseEvent) -> dict[ReportedGrade, bool]:
    return dict.fromkeys(event.reported_grades, True)


def _met(event: AdverseEvent) -> dict[str, bool]:
    told = event.seriousness or Seriousness()
    found = {name: getattr(told, name) for name in _CRITERIA}
    return {name: each for name, each in found.items() if each is not None}


_Each = TypeVar("_Each", bound=Hashable)


def _by(several: Iterable[_Each], key: Callable[[_Each], _Key]) -> dict[_Key, tuple[_Each, ...]]:
    found: dict[_Key, tuple[_Each, ...]] = {}
    for each in several:
        found[key(each)] = (*found.get(key(each), ()), each)
    return found


def _flat(by_key: Mapping[Any, tuple[_Each, ...]]) -> tuple[_Each, ...]:
    return tuple(each for several in by_key.values() for each in several)


def _in_order(found: tuple[_Each, ...], made: tuple[_Each, ...]) -> tuple[_Each, ...]:
    """What was found, in the order in which rows tell it, where they tell just that."""
    return made if Counter(found) == Counter(made) else found
