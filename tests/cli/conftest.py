"""Commands read their settings from the environment: here it holds none, and an empty folder."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the commands keep the record; it is not there yet."""
    for name in [name for name in os.environ if name.startswith("DOSEGUARD_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "data"
    monkeypatch.setenv("DOSEGUARD_DATA_DIR", str(folder))
    return folder
