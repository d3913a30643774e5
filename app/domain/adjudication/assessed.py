"""A case whose assessments of components were graded, and what its answer says of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.adjudication.computed import Joined, joined, with_findings
from app.domain.adjudication.prepare import zone_and_cut
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, Finding
from app.domain.adjudication.scales import component_faults, scaled
from app.domain.case import Subject
from app.domain.time import PartialTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A case with computed courses, and what is odd about its assessments."""

    case: Joined
    findings: tuple[Finding, ...]

    def told(self, answer: Adjudicated, judge: Callable[[Subject], Adjudicated]) -> Adjudicated:
        """The answer to the case, with what the computed grades say."""
        subject = replace(answer.subject, findings=(*answer.subject.findings, *self.findings))
        return with_findings(replace(answer, subject=subject), self.case, judge)


def with_components(
    subject: Subject, protocol: ReadyProtocol, as_of: PartialTime, time_zone: str | None
) -> Assessed | None:
    """The case with the grades that its assessments make; None where there are none to grade, or
    where the case has a fault.
    """
    if not subject.assessments or next(component_faults(subject, ""), None) is not None:
        return None
    placed = zone_and_cut(subject, as_of, time_zone)
    if placed is None:
        return None
    found = scaled(subject, protocol, *placed)
    which = protocol.document.grading.computed
    return Assessed(case=joined(subject, found.courses, which, *placed), findings=found.findings)
