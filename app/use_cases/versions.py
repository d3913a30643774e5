"""The protocol versions by which patients stand, beside those that would judge them again."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.diff.agreement import Agreement, agreement
from app.domain.diff.clauses import clauses_altered
from app.store.protocols import Activation
from app.store.readjudications import Standing
from app.use_cases.judging import Altered, unaltered
from app.use_cases.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Compared:
    """The version by which something stands, and the one that would judge it again."""

    old: ReadyProtocol
    new: ReadyProtocol

    @cached_property
    def agreed(self) -> Agreement | None:
        """What is otherwise between them; None where nothing is known to be alike."""
        return _agreement(_Itself(self.old), _Itself(self.new))

    @cached_property
    def look_beside(self) -> bool:
        """Whether one of them asks what other events were there at the same time, which may hang
        on whether those are taken to go on.
        """
        asked = (rules.program.facts for each in (self.old, self.new) if (rules := each.rules))
        return any(fact.kind == "concurrent" for facts in asked for fact in facts)

    @cached_property
    def clauses(self) -> frozenset[str]:
        """The clauses that they do not say alike."""
        return clauses_altered(self.old, self.new)


@dataclass(frozen=True, slots=True, eq=False)
class _Itself:
    """A version that is made ready, and is equal to itself alone."""

    ready: ReadyProtocol

    def __eq__(self, other: object) -> bool:  # type: ignore[explicit-override]
        return isinstance(other, _Itself) and self.ready is other.ready

    def __hash__(self) -> int:  # type: ignore[explicit-override]
        return id(self.ready)


@lru_cache(maxsize=32)
def _agreement(old: _Itself, new: _Itself) -> Agreement | None:
    """Kept from chunk to chunk: comparing takes longer than judging some patients."""
    return agreement(old.ready, new.ready)


@dataclass(frozen=True, kw_only=True)
class Versions:
    """The pairs of versions of some patients, each compared once: there are few."""

    snapshot: Snapshot
    altered: Altered
    _pairs: dict[tuple[str, str, int], Compared] = field(default_factory=dict)

    @property
    def are_unaltered(self) -> bool:
        """Whether versions judge as they were added."""
        return self.altered is unaltered

    def compared(self, before: Standing, activation: Activation) -> Compared:
        """That by which an adjudication stands, and that of an activation."""
        key = before.protocol, before.protocol_version, activation.number
        if key not in self._pairs:
            old = self.snapshot.protocol(before.protocol, before.protocol_version)
            new = self.snapshot.protocol(activation.protocol, activation.version)
            self._pairs[key] = Compared(old=old, new=self.altered(new))
        return self._pairs[key]
