"""Every finding that the core can make is explained in docs/verdicts.md."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_FINDINGS = {"missing", "duplicate_id", "unknown_phase", "bad_ruling"}


def test_every_finding_is_documented() -> None:
    folder = ROOT / "app" / "domain"
    sources = [folder / "adjudication" / "findings.py", folder / "adjudication" / "prepare.py"]
    made = {
        code for path in sources for code in re.findall(r'code="([a-z_0-9]+)"', path.read_text())
    }
    course = (folder / "course.py").read_text()
    made |= set(re.findall(r'^\s+"([a-z_]+)",?$', course, re.MULTILINE))
    documented = set(re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "verdicts.md").read_text()))
    assert {"order_contradicted", "term_mapped"} <= made
    assert made - NOT_FINDINGS <= documented
