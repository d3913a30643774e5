"""`doseguard design simulate` and `compare`: how designs do, by level and side by side."""

import errno
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import doseguard
from tests.use_cases.design_requests import DESIGNS

BOIN = {"design": DESIGNS["boin"], "cohorts": 4, "cohort_size": 3}
TRUTH = [0.05, 0.15, 0.3]
TRIAL = {**BOIN, "true_toxicity": TRUTH, "method": "exact"}
COMPARISON = {
    "designs": [{"name": "BOIN", **BOIN}, {"name": "3+3", "design": {"kind": "3+3"}}],
    "scenarios": [
        {"name": "the second", "true_toxicity": [0.1, 0.3, 0.5]},
        {"name": "none", "true_toxicity": [0.6, 0.7]},
    ],
    "target": 0.3,
    "method": "exact",
}
SIMULATED = {"method": "simulate", "trials": 300, "seed": 2}
IN_TIME = {**SIMULATED, "accrual": {"interarrival": 0.25}}


def written(folder: Path, value: Any) -> str:
    path = folder / "request.json"
    path.write_text(json.dumps(value), "utf-8")
    return str(path)


def told(command: str, *arguments: str) -> str:
    result = doseguard("design", command, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def shown(value: float, error: float | None) -> list[str]:
    """The words of a figure, with its standard error where it has one."""
    return [f"{value:.2f}"] if error is None else [f"{value:.2f}", f"({error:.2f})"]


@pytest.mark.parametrize("asks", [{}, SIMULATED, IN_TIME])
def test_how_a_design_does_is_told_by_level(tmp_path: Path, asks: dict[str, Any]) -> None:
    request = written(tmp_path, {**TRIAL, **asks})
    found = json.loads(told("simulate", request, "--json"))
    errors = found.get("standard_errors")
    assert (errors is None) == (asks == {})
    head, names, *lines = told("simulate", request).splitlines()
    assert head.startswith("300 trials simulated" if asks else "Every trial enumerated")
    assert names.split() == ["Level", "True", "toxicity", "Selected", "%", "Treated", "DLTs"]
    for place, rate in enumerate(TRUTH):
        words = [str(place + 1), f"{rate:g}"]
        for name, times in (
            ("probability_mtd", 100),
            ("expected_treated", 1),
            ("expected_dlts", 1),
        ):
            error = None if errors is None else times * errors[name][place]
            words += shown(times * found[name][place], error)
        assert lines[place].split() == words
    none, both = lines[3:5]
    error = None if errors is None else 100 * errors["probability_no_mtd"]
    assert none.split() == ["none", *shown(100 * found["probability_no_mtd"], error)]
    sums = [f"{sum(found[name]):.2f}" for name in ("expected_treated", "expected_dlts")]
    assert both.split() == ["all", *sums]


def test_the_time_that_trials_take_is_told_where_it_is_known(tmp_path: Path) -> None:
    request = written(tmp_path, {**TRIAL, **IN_TIME})
    found = json.loads(told("simulate", request, "--json"))
    last = told("simulate", request).splitlines()[-1]
    for name in ("duration", "waiting_time", "turned_away"):
        assert " ".join(shown(found[name], found["standard_errors"][name])) in last
    assert "DLT windows" in last
    assert "DLT windows" not in told("simulate", written(tmp_path, {**TRIAL, **SIMULATED}))


@pytest.mark.parametrize("asks", [{}, SIMULATED, IN_TIME])
def test_designs_are_compared_under_each_other(tmp_path: Path, asks: dict[str, Any]) -> None:
    request = written(tmp_path, {**COMPARISON, **asks})
    found = json.loads(told("compare", request, "--json"))
    head, *parts = told("compare", request).split("\n\n")
    assert head.startswith("Target 0.3; 0.42 is too toxic.")
    assert len(parts) == 2
    for scenario, part in zip(found["scenarios"], parts, strict=True):
        title, names, *lines = part.splitlines()
        mtd = scenario["true_mtd"]
        assert title.startswith(f"{scenario['name']}: true toxicity ")
        assert title.endswith("no level is the MTD" if mtd is None else f"level {mtd} is the MTD")
        assert ("Duration" in names) == ("accrual" in asks)
        judged, selected = lines[:2], lines[3:]
        for line, levels, each in zip(judged, selected, scenario["designs"], strict=True):
            assert line.split() == in_short(each, mtd)
            assert levels.split() == by_level(each)


def in_short(each: dict[str, Any], mtd: int | None) -> list[str]:
    of_it = each["characteristics"]
    errors = of_it.get("standard_errors")
    error = None
    if errors is not None:
        by = errors["probability_no_mtd"] if mtd is None else errors["probability_mtd"][mtd - 1]
        error = 100 * by
    words = [each["name"], *shown(100 * each["probability_correct"], error)]
    words += [
        f"{100 * each['probability_above']:.2f}",
        f"{100 * each['share_treated_above']:.2f}",
        f"{each['expected_n']:.2f}",
        f"{each['expected_dlts']:.2f}",
    ]
    if each["duration"] is not None:
        words += shown(each["duration"], errors["duration"])
    return words


def by_level(each: dict[str, Any]) -> list[str]:
    of_it = each["characteristics"]
    errors = of_it.get("standard_errors")
    values = [*of_it["probability_mtd"], of_it["probability_no_mtd"]]
    if errors is None:
        return [each["name"], *(f"{100 * value:.2f}" for value in values)]
    of_them = [*errors["probability_mtd"], errors["probability_no_mtd"]]
    pairs = zip(values, of_them, strict=True)
    return [each["name"], *(word for p, e in pairs for word in shown(100 * p, 100 * e))]


@pytest.mark.parametrize(
    ("command", "request_", "said"),
    [
        ("simulate", {**TRIAL, "cohorts": None}, "/cohorts: "),
        ("simulate", {**TRIAL, "trails": 5}, "/trails: unknown field 'trails'"),
        ("compare", {**COMPARISON, "target": 1}, "/target: "),
        (
            "compare",
            {**COMPARISON, "designs": [{"name": "BOIN", "design": DESIGNS["boin"]}]},
            "/designs/0/cohorts: ",
        ),
    ],
)
def test_what_cannot_be_run_is_said_with_its_place(
    tmp_path: Path, command: str, request_: dict[str, Any], said: str
) -> None:
    result = doseguard("design", command, written(tmp_path, request_))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(said)


def on_a_terminal(*arguments: str) -> tuple[str, str]:
    """What the command prints on stdout, which is a pipe, and on stderr, which is a terminal."""
    ours, its = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 (our own command)
        [sys.executable, "-c", "from app.cli import main; main()", "design", *arguments],
        stdout=subprocess.PIPE,
        stderr=its,
        text=True,
    )
    os.close(its)
    parts: list[bytes] = []
    try:
        while part := os.read(ours, 4096):
            parts.append(part)
    except OSError as error:  # how Linux says that nobody writes to the terminal any more
        if error.errno != errno.EIO:
            raise
    finally:
        os.close(ours)
    printed, _ = process.communicate()
    assert process.returncode == 0
    return printed, b"".join(parts).decode()


def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    request = written(tmp_path, {**COMPARISON, **IN_TIME})
    printed, progress = on_a_terminal("compare", request)
    assert printed == told("compare", request)
    assert "Trials" in progress
    assert "100%" in progress


def test_progress_is_not_shown_where_that_is_asked(tmp_path: Path) -> None:
    request = written(tmp_path, {**TRIAL, **IN_TIME})
    assert on_a_terminal("simulate", request, "--quiet") == (told("simulate", request), "")
