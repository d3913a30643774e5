"""docs/imports-fhir.md lists every code and every variable of the reader."""

import re
from pathlib import Path

import app.interchange
from tests.docs.examples import DOCS

PAGE = (DOCS / "imports-fhir.md").read_text("utf-8")
SOURCES = "\n".join(
    path.read_text("utf-8")
    for path in sorted(Path(app.interchange.__file__).parent.glob("fhir*.py"))
)


def test_every_code_of_a_refusal_is_listed() -> None:
    section = PAGE.partition("## Why a resource comes back")[2]
    listed = set(re.findall(r"`([a-z]+(?:_[a-z0-9]+)+)`", section))
    raised = set(re.findall(r'(?:Unfit\(|\(|", )\s*"([a-z]+(?:_[a-z]+)+)"', SOURCES))

    assert listed - {"not_utf8", "nul_character"} == raised | {"not_json"}


def test_every_variable_is_listed() -> None:
    written = set(
        re.findall(r'"((?:AE|EX|LB)[A-Z]{2,}|SEX|BRTHDTC|DTH[A-Z]+|[A-Z]*ARMCD)"', SOURCES)
    )
    written |= set(re.findall(r'"([A-Z]+(?:_[A-Z]+)?)", ', SOURCES)) & {"STATUS", "SUBJID"}
    criteria = {"AESHOSP", "AESDISAB", "AESCONG", "AESMIE"}  # told as "…"

    assert written
    assert not {each for each in written - criteria if f"`{each}`" not in PAGE}
