"""Every finding that the core can make is explained in docs/verdicts.md."""

import re
from pathlib import Path
from typing import get_args

from app.domain.laboratory.ranges import Why

ROOT = Path(__file__).parents[2]
NOT_FINDINGS = {"missing", "duplicate_id", "unknown_phase", "bad_ruling", "own_terms"}


def test_every_finding_is_documented() -> None:
    folder = ROOT / "app" / "domain"
    sources = sorted((folder / "adjudication").glob("*.py"))
    text = "\n".join(path.read_text() for path in sources if path.name != "protocol.py")
    made = set(re.findall(r'code="([a-z_0-9]+)"', text))
    made |= set(re.findall(r'^[A-Z_]+: Final = "(computed_[a-z_]+)"$', text, re.MULTILINE))
    laboratory = (folder / "adjudication" / "laboratory.py").read_text()
    made |= {f"laboratory_{code}" for code in re.findall(r'\("([a-z]+_[a-z_]+)", ', laboratory)}
    course = (folder / "course.py").read_text()
    made |= set(re.findall(r'^\s+"([a-z_]+)",?$', course, re.MULTILINE))
    documented = set(re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "verdicts.md").read_text()))
    examples = {"order_contradicted", "computed_grade_changes_verdict", "laboratory_not_graded"}
    assert examples | {"laboratory_policy_not_used", "laboratory_baseline_ambiguous"} <= made
    assert made - NOT_FINDINGS <= documented


def test_why_a_range_gives_no_limits_is_documented() -> None:
    documented = (ROOT / "docs" / "verdicts.md").read_text()
    for code in ("range_used", "range_not_used", *get_args(Why)):
        assert f"`laboratory_{code}`" in documented
