"""Every error that the domain raises on purpose.

    DomainError
    ├── BadValue (also a ValueError, so that validation reports it at its place)
    │   ├── BadTime (BadCut), BadZone, BadDuration, BadGrade
    ├── Unusable
    │   └── BadProtocol, and those of criteria, analytes and units
    └── BadCase

Each has a stable `code` (docs/errors.md) and a message that names the thing, the value and the
way out.
"""

from dataclasses import dataclass
from typing import ClassVar


class DomainError(Exception):
    """Base of all expected errors."""

    code = "domain_error"


class BadValue(DomainError, ValueError):
    """A value that cannot be read."""

    code = "bad_value"


class BadTime(BadValue):
    """The text is no time, or one that does not exist."""

    code = "bad_time"

    def __init__(self, text: str, way_out: str) -> None:
        super().__init__(f"{text!r} is not a time that exists: {way_out}.")


class BadCut(BadTime):
    """The time exists, but is no data cut."""

    def __init__(self, text: str) -> None:
        ValueError.__init__(
            self, f"{text!r} is no data cut: write a date, or a time to the minute."
        )


class BadCompletion(BadTime):
    """The time exists, but does not say on which day the window was completed."""

    def __init__(self, text: str) -> None:
        ValueError.__init__(
            self,
            f"{text!r} does not say on which day the window was completed: write a date, or a "
            "time to the minute.",
        )


class BadZone(BadValue):
    """The zone is not known."""

    code = "bad_time_zone"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"Time zone {name!r} is not known: write an IANA name such as Asia/Shanghai, "
            "or an offset such as +08:00."
        )


class BadDuration(BadValue):
    """The text is no limit that a protocol can state."""

    code = "bad_duration"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text!r} is not a limit: write days, weeks or hours with their unit, such "
            "as P28D, P2W or PT72H."
        )


class BadGrade(BadValue):
    """The value is no grade."""

    code = "bad_grade"

    def __init__(self, value: object) -> None:
        super().__init__(
            f"{value!r} is not a grade: write a whole number from 0 to 5, or null where "
            "the grade is not known."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong at one place of a document."""

    pointer: str
    message: str
    code: str = "invalid"


class Unusable(DomainError):
    """A document cannot be used; `faults` lists every reason at its place."""

    kind: ClassVar[str]
    """What it is, in a sentence's beginning."""

    def __init__(self, name: str, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        listed = "; ".join(f"{fault.pointer}: {fault.message}" for fault in faults)
        super().__init__(f"{self.kind} {name} cannot be used: {listed}")


class BadProtocol(Unusable):
    """The protocol document cannot be used."""

    code = "bad_protocol"
    kind = "Protocol document"


class BadCase(DomainError):
    """A case contradicts itself or the protocol in a way that no verdict can rest on.

    Pointers are relative to the list of subjects.
    """

    code = "bad_case"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))
