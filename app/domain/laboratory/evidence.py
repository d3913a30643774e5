"""What the evaluator finds of results of one ladder, from every side that a reason asks about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.domain.laboratory.columns import Columns
from app.domain.laboratory.evaluate import Graded, as_normal, conditioned, grade, truths_of
from app.domain.laboratory.ladder import Ladder, Rung
from app.domain.laboratory.policy import Policy
from app.domain.laboratory.truth import Truth, normal_baseline


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Results of one ladder under a policy; each side is evaluated once, for all of them.

    `others` are the ladders of the same term by thresholds that are printed in other units.
    """

    rows: Columns
    ladder: Ladder
    policy: Policy
    others: Sequence[Ladder] = ()

    @cached_property
    def found(self) -> Graded:
        """The grades."""
        return grade(self.rows, self.ladder, self.policy)

    @cached_property
    def strict(self) -> Graded:
        """The grades without what the policy says of missing baselines and open grades."""
        strict = replace(self.policy, missing_baseline="none", open_grade="none")
        return grade(self.rows, self.ladder, strict)

    @cached_property
    def numbers(self) -> list[tuple[Rung, Truth]]:
        """Where the numbers of each rung are met."""
        return truths_of(self.rows, self.ladder, self.policy)

    @cached_property
    def honest(self) -> list[tuple[Rung, Truth]]:
        """Where each rung is met when nothing is assumed."""
        return list(conditioned(self.rows, self.numbers, self.ladder, self.policy.honest))

    @cached_property
    def assumed(self) -> list[tuple[Rung, Truth]]:
        """Where each rung is met under the policy's assumptions."""
        return list(conditioned(self.rows, self.numbers, self.ladder, self.policy))

    @cached_property
    def normal_baseline(self) -> Truth:
        """Where the baseline was normal."""
        above_uln_only = self.policy.abnormal_baseline == "above_uln"
        return normal_baseline(self.rows, above_uln_only=above_uln_only)

    @cached_property
    def as_normal(self) -> "Evidence":
        """The same results as if a missing baseline had been normal."""
        rows, ladder = as_normal(self.rows, self.ladder)
        return Evidence(rows=rows, ladder=ladder, policy=self.policy)

    @cached_property
    def by_others(self) -> list[tuple[Ladder, Graded]]:
        """The grades by thresholds that are printed in other units."""
        return [(other, grade(self.rows, other, self.policy)) for other in self.others]
