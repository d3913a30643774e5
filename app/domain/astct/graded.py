"""What an assessment of a series came to."""

from dataclasses import dataclass

from app.domain.astct.answer import ScaleFinding
from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.time import PartialTime


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedAt:
    """What an assessment came to, with what earlier ones add to it."""

    on: PartialTime
    components: CrsComponents | IcansComponents
    """As they were graded."""
    lowest: int
    highest: int
    missing: tuple[str, ...]
    findings: tuple[ScaleFinding, ...]
