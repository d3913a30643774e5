"""A case whose results and assessments were graded, and what its answer says of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.domain.adjudication.computed import Joined, joined, with_findings
from app.domain.adjudication.prepare import zone_and_cut
from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.adjudication.result import Adjudicated, Finding
from app.domain.adjudication.results import with_results
from app.domain.adjudication.scales import component_faults, scaled
from app.domain.case import Subject
from app.domain.time import PartialTime


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """A case with computed courses, and what is odd about what was graded."""

    case: Joined
    findings: tuple[Finding, ...]

    def told(self, answer: Adjudicated, judge: Callable[[Subject], Adjudicated]) -> Adjudicated:
        """The answer to the case, with what the computed grades say."""
        subject = replace(answer.subject, findings=(*answer.subject.findings, *self.findings))
        return with_findings(replace(answer, subject=subject), self.case, judge)


def with_computed(
    subject: Subject, protocol: ReadyProtocol, as_of: PartialTime, time_zone: str | None
) -> Assessed | None:
    """The case with the grades that its results and assessments make, and with the events that
    results make; None where there is nothing to grade, or where the case has a fault.
    """
    if not (subject.laboratory or subject.assessments):
        return None
    placed = zone_and_cut(subject, as_of, time_zone)
    if placed is None or next(component_faults(subject, ""), None) is not None:
        return None
    results = with_results(subject, protocol, *placed)
    scales = scaled(subject, protocol, *placed)
    courses = (*results.courses, *scales.courses)
    which = protocol.document.grading.computed
    return Assessed(
        case=joined(results.subject, courses, which, *placed),
        findings=(*results.findings, *scales.findings),
    )
