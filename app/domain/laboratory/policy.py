"""What is taken for granted where a result leaves something open, as a versioned object."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final, Literal

from pydantic import ConfigDict

Assumption = Literal["worst", "absent", "bounds"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one grade is told from a number.

    The bounds of the answer depend on nothing of it but `abnormal_baseline`, which is a reading
    of the text.

    `symptoms` speaks of those that a clause asks for beside its number: `worst` takes it that the
    patient had them, `absent` that nobody had any, `bounds` gives no grade where that decides.
    `anticoagulation` says the same of taking anticoagulants. What else a clause asks for is not
    assumed; what it excludes is taken to be absent, unless `symptoms` is `bounds`.
    `abnormal_baseline` is what an abnormal baseline means for a term of an increase.
    `missing_baseline` is the grade where the baseline is unknown: that of a normal one, told from
    the limits alone, or none. `open_grade` is the grade where a missing input leaves several:
    none, or the lowest or highest of the bounds that the number leaves.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    version: Literal["1"] = "1"
    symptoms: Assumption = "worst"
    anticoagulation: Assumption = "worst"
    abnormal_baseline: Literal["above_uln", "outside_limits"] = "above_uln"
    missing_baseline: Literal["as_normal", "none"] = "as_normal"
    open_grade: Literal["none", "lowest", "highest"] = "none"

    @property
    def honest(self) -> "Policy":
        """The same reading of the text, with nothing assumed of what was not told."""
        return replace(self, symptoms="bounds", anticoagulation="bounds")

    def assumption(self, fact: str, symptoms: Collection[str], *, wanted: bool) -> Assumption:
        """What is assumed of a fact that nobody told, and that a clause wants or excludes."""
        if fact == ANTICOAGULATION:
            return self.anticoagulation
        if fact in symptoms or not wanted:
            return self.symptoms
        return "bounds"


ANTICOAGULATION: Final = "on_anticoagulation"
WORST: Final = Policy()
"""The worst grade that the number alone can support."""
