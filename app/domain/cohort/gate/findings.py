"""What stands against letting the next patient in, and the answer made of it."""

from dataclasses import dataclass
from datetime import date

from app.domain.cohort.gate.rules import TakenReading


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReason:
    """Why the gate is shut: the rule `clause`, and the patients because of whom.

    `subject` is the one patient; it is None where there are none or several. `readings` are what
    was taken where the text leaves open what the rule rests on.
    """

    code: str
    subject: str | None
    subjects: tuple[str, ...]
    clause: str
    text: str
    readings: tuple[TakenReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """Whether the next patient may be let in; if not, when at the earliest, and why not.

    `earliest` is the first day on which every date condition holds, None where none is known.
    With `also_needs_event` that day alone does not open the gate. `notes` say what the answer does
    not go into, and shut nothing.
    """

    allowed: bool
    earliest: date | None
    also_needs_event: bool
    reasons: tuple[GateReason, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A reason, and the day on which its date condition holds.

    `dateless` is what no day ends, so that no earliest one can be told.
    """

    reason: GateReason
    opens: date | None = None
    dateless: bool = False


def found(
    code: str,
    clause: str,
    text: str,
    subjects: tuple[str, ...] = (),
    *,
    readings: tuple[TakenReading, ...] = (),
    opens: date | None = None,
    dateless: bool = False,
) -> Finding:
    """A finding in one line."""
    reason = GateReason(
        code=code,
        subject=subjects[0] if len(subjects) == 1 else None,
        subjects=subjects,
        clause=clause,
        text=text,
        readings=readings,
    )
    return Finding(reason=reason, opens=opens, dateless=dateless)
