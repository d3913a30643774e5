"""Nothing in the repository names a machine, puts work off, or has a name that says nothing."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_SOURCE = {".coverage", ".env", "__pycache__", "build", "dist", "results"}
MACHINE_PATH = re.compile(r"/(?:work|root|home|Users)/")
PUT_OFF = re.compile(r"\b(?:TO[D]O|FIX[M]E)\b")
EMPTY_CLASS_NAME = re.compile(r"^\s*class \w*Manager\b", re.MULTILINE)
PACKAGE_HOSTS = {"pypi.org", "files.pythonhosted.org"}


def test_no_file_names_a_machine_path() -> None:
    assert matches(MACHINE_PATH) == []


def test_no_work_is_put_off_in_a_comment() -> None:
    assert matches(PUT_OFF) == []


def test_no_class_is_a_manager() -> None:
    assert matches(EMPTY_CLASS_NAME) == []


def test_no_module_is_called_utils() -> None:
    assert [str(path) for path in files() if path.stem in {"util", "utils"}] == []


def test_the_lock_names_only_the_public_index() -> None:
    hosts = set(re.findall(r"https?://([^/\"]+)", (ROOT / "uv.lock").read_text("utf-8")))
    assert hosts <= PACKAGE_HOSTS


def test_the_project_configures_no_other_index() -> None:
    uv = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]
    assert {"index", "index-url", "extra-index-url", "find-links"}.isdisjoint(uv)


def matches(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {found.group()}"
        for path in files()
        if (found := pattern.search(path.read_text("utf-8", errors="replace")))
    ]


def files() -> Iterator[Path]:
    """Every file of the project, without what tools leave behind."""
    for entry in sorted(ROOT.iterdir()):
        below = entry.rglob("*") if is_source_folder(entry) else [entry]
        yield from (
            path
            for path in sorted(below)
            if path.is_file()
            and NOT_SOURCE.isdisjoint(path.relative_to(ROOT).parts)
            and not path.name.startswith(".coverage.")  # of a run that has not ended
        )


def is_source_folder(entry: Path) -> bool:
    return entry.is_dir() and (entry.name == ".ci" or not entry.name.startswith("."))
