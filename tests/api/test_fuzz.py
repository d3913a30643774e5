"""The service under generated requests: no answer that its description does not describe."""

import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

import pytest

from tests.api.server import serving

ROOT: Final = Path(__file__).parents[2]
HOOKED: Final = {
    **os.environ,
    "PYTHONPATH": str(ROOT),
    "SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks",
}


@pytest.mark.slow
def test_generated_requests_are_answered_as_described(tmp_path: Path) -> None:
    """Every check of schemathesis holds but one.

    `positive_data_acceptance` cannot: that a time exists, that a term or a protocol is known, is
    more than a schema says.
    """
    schemathesis = Path(sysconfig.get_path("scripts")) / "schemathesis"
    with serving(DOSEGUARD_AUTH="off") as (_, address):
        command = [
            str(schemathesis),
            "run",
            f"{address}/openapi.json",
            "--exclude-checks=positive_data_acceptance",
            "--max-examples=50",
            "--no-color",
        ]
        ran = subprocess.run(  # noqa: S603 (our own command)
            command, cwd=tmp_path, env=HOOKED, capture_output=True, text=True, check=False
        )
    assert ran.returncode == 0, ran.stdout
