"""What each part of the benchmarks measures, as rows of the report."""

from collections.abc import Callable, Mapping
from functools import partial

from benchmarks import (
    batch,
    comparison,
    designs,
    gate,
    http,
    imports,
    ingest,
    laboratory,
    loopback,
    readjudication,
    workers,
)
from benchmarks.generate.mixes import Mix
from benchmarks.measure import Cost
from benchmarks.report import Row

_RATE = "M events per CPU s"
_RESULTS = "M results per CPU s"
_BATCH_TARGETS = {"A": "≥ 3", "B": "≥ 2"}
_RATIO_TARGETS = {comparison.CLOSURES: "≥ 10", comparison.ZEN: "≥ 100"}
_INGEST_TARGETS = {"SQLite, grouped": "≥ 0.25", "PostgreSQL, grouped": "≥ 0.15"}
_IMPORT_TARGET = "≥ 0.4"
_DRY_TARGET = "≤ 3"
_WORKERS_TARGET = "≥ 1.6"
_HTTP_TARGET = "≥ 0.25"
_LABORATORY_TARGET = "≥ 2.4"
_RUNS_OF_ALL = 7


def _batch(mix: Mix, repeats: int) -> list[Row]:
    found = batch.measure(mix, repeats)
    row = partial(Row, part="batch", mix=mix.name)
    rows = [
        row(name="one event", value=found.one.cpu * 1e6, unit="µs CPU", note=_best(found.one)),
        _rate(mix, "10,000 events", found.few, batch.FEW),
    ]
    for size, cost in found.many.items():
        target = _BATCH_TARGETS[mix.name] if size == found.best_chunk else None
        rows.append(_rate(mix, f"1 million, chunks of {size:,}", cost, batch.MANY, target))
    rows.append(
        row(
            name="CPU per event, 1 million to 10,000",
            value=found.growth,
            unit="times",
            target="≤ 1.2",
        )
    )
    if found.mebibytes is not None:
        held, most = found.mebibytes
        rows += [
            row(name="peak, holding 1 million as columns", value=held, unit="MiB"),
            row(
                name="peak, judging them",
                value=most,
                unit="MiB",
                note=f"chunks of {batch.CHUNK:,}",
            ),
        ]
    shares = found.shares.items()
    return rows + [
        row(name=f"verdicts {word}", value=share * 100, unit="%") for word, share in shares
    ]


def _comparison(mix: Mix, repeats: int) -> list[Row]:
    found = comparison.compare(mix, repeats)
    rate = partial(Row, part="comparison", mix=mix.name, unit=_RATE)
    ratio = partial(Row, part="comparison", mix=mix.name, unit="times")
    rows = [
        rate(name="engine, whole mix", value=found.whole_mix / 1e6, note="unknowns and all"),
        rate(name="engine, known events", value=found.known_million / 1e6, note="of the million"),
        rate(
            name="engine, same events",
            value=found.same_events / 1e6,
            note=f"the {comparison.ASKED_CLOSURES:,} that the closures judge",
        ),
    ]
    for name, rival in found.rivals.items():
        target = _RATIO_TARGETS.get(name)
        rows += [
            rate(name=name, value=rival / 1e6, note="known events"),
            ratio(name="  engine, same events", value=found.same_events / rival, target=target),
            ratio(name="  engine, known events", value=found.known_million / rival),
            ratio(name="  engine, whole mix", value=found.whole_mix / rival),
        ]
    return rows


def _http(mix: Mix, repeats: int) -> list[Row]:
    found = http.measure(mix, repeats)
    ratio = partial(Row, part="http", mix=mix.name, unit="times")

    def micro(name: str, cost: Cost, note: str) -> Row:
        value = cost.cpu * 1e6
        return Row(part="http", mix=mix.name, name=name, value=value, unit="µs CPU", note=note)

    return [
        micro("echo of the same body", found.echo, "async FastAPI, through ASGI"),
        micro("adjudication", found.adjudication, f"{http.EVENTS_A_PATIENT} events, explained"),
        ratio(name="adjudications to echoes", value=found.ratio, target=_HTTP_TARGET),
        micro("  reading", found.reading, "bytes to request"),
        micro("  the engine", found.engine, "request to explained answer"),
        micro("    of that, verdicts alone", found.judging, "columns to verdicts"),
        micro("  writing", found.writing, "answer to bytes"),
    ]


def _loopback(mix: Mix, repeats: int) -> list[Row]:
    walls = loopback.seconds_per_request(mix, repeats)
    service, echo = walls["service"], walls["echo"]
    row = partial(Row, part="loopback", mix=mix.name)
    note = "uvicorn, one connection"
    return [
        row(name="echo of the same body", value=echo * 1e6, unit="µs wall", note=note),
        row(name="adjudication", value=service * 1e6, unit="µs wall", note=note),
        row(
            name="adjudications to echoes",
            value=echo / service,
            unit="times",
            target=_HTTP_TARGET,
        ),
    ]


def _ingest(mix: Mix, repeats: int) -> list[Row]:
    """Once: its events are not of a mix."""
    if mix.name != "A":
        return []
    found = ingest.measure(repeats)
    rows = []
    for name, cost in found.costs.items():
        rows.append(
            Row(
                part="ingest",
                mix=mix.name,
                name=name,
                value=cost.cpu * 1e6,
                unit="µs CPU",
                note=_best(cost),
            )
        )
        if name != "echo":
            target = _INGEST_TARGETS.get(name)
            ratio = found.ratio(name)
            rows.append(
                Row(
                    part="ingest",
                    mix=mix.name,
                    name="  to echoes",
                    value=ratio,
                    unit="times",
                    target=target,
                )
            )
    return rows


def _imports(mix: Mix, repeats: int) -> list[Row]:
    """Once: its events are not of a mix."""
    if mix.name != "A":
        return []
    found = imports.measure(repeats)
    row = partial(Row, part="imports", mix="")

    def rate(name: str, cost: Cost) -> Row:
        note = f"best {1 / cost.least_cpu:,.0f}, by the wall {1 / cost.wall:,.0f}"
        return row(name=name, value=1 / cost.cpu, unit="rows per CPU s", note=note)

    rows = []
    for database, costs in found.costs.items():
        for name, cost in costs.items():
            rows.append(rate(f"{database}: {name}", cost))
            if name != imports.BARE:
                target = _IMPORT_TARGET if name == imports.RECORDS else None
                ratio = found.ratio(database, name)
                rows.append(
                    row(name="  to bare inserts", value=ratio, unit="times", target=target)
                )
    return rows + [rate(f"reading alone: {name}", cost) for name, cost in found.reading.items()]


def _laboratory(mix: Mix, repeats: int) -> list[Row]:
    """Once: its results are not of a mix."""
    if mix.name != "A":
        return []
    found = laboratory.measure(repeats, whole=repeats >= _RUNS_OF_ALL)
    row = partial(Row, part="laboratory", mix="")

    def rate(name: str, cost: Cost, count: int, note: str, target: str | None = None) -> Row:
        told = f"{note}; best {count / cost.least_cpu / 1e6:.2f}"
        value = cost.rate(count) / 1e6
        return row(name=name, value=value, unit=_RESULTS, note=told, target=target)

    def micro(name: str, cost: Cost, note: str) -> Row:
        return row(name=name, value=cost.cpu * 1e6, unit="µs CPU", note=note)

    as_rows, plain = laboratory.AS_ROWS, found.plain_rows
    held, most = found.mebibytes or (float("nan"), float("nan"))
    rows = [
        rate("1 million, columns", found.many, laboratory.MANY, "one batch", _LABORATORY_TARGET),
        rate("10,000, columns", found.few, laboratory.FEW, "one batch"),
        row(name="CPU per result, 1 million to 10,000", value=found.growth, unit="times"),
        rate(f"{as_rows:,}, columns", found.same, as_rows, "one batch"),
        rate(f"{as_rows:,}, rows of decimals", found.rows, as_rows, "with making columns"),
        rate("plain loop in decimals", found.plain, plain, f"{plain:,} of them, grade only"),
        row(name="  engine, 1 million", value=found.ratio, unit="times"),
        row(name="  same grade", value=found.agreed, unit="results", note="of those both grade"),
        micro("one result, reading", found.reading, "unit, value, limits, findings"),
        micro("one result, grading", found.grading, "a batch of one"),
        micro("one result, explained", found.explaining, "grading, clause, what is missing"),
        row(
            name="batch and one by one differ",
            value=found.different,
            unit="results",
            note=f"of {found.compared:,}, in any of seven answers",
            target="0",
        ),
        row(name="peak, holding 1 million as columns", value=held, unit="MiB"),
        row(name="peak, grading them", value=most, unit="MiB"),
    ]
    return rows + [
        row(name=f"status {word}", value=share * 100, unit="%")
        for word, share in found.shares.items()
    ]


def _designs(mix: Mix, repeats: int) -> list[Row]:
    """Once: trials are not of a mix. R's figures are not measured here, but stated as facts."""
    if mix.name != "A":
        return []
    found = designs.measure(repeats)
    row = partial(Row, part="designs", mix="")

    def milli(name: str, cost: Cost, note: str, target: str | None = None) -> Row:
        told = f"{note}; best {cost.least_cpu * 1e3:.3g}, by the wall {cost.wall * 1e3:.3g}"
        return row(name=name, value=cost.cpu * 1e3, unit="ms CPU", note=told, target=target)

    def stated(name: str, seconds: float, trials: int) -> Row:
        return row(name=name, value=seconds * 1e3, unit="ms", note=f"{trials:,} trials; stated")

    plan = "5 doses, 10 cohorts of 3"
    return [
        milli(f"BOIN, {designs.TRIALS:,} trials simulated", found.simulated, plan, "≤ 50"),
        stated("  R BOIN", designs.R_BOIN_SECONDS, designs.R_BOIN_TRIALS),
        milli("BOIN, exact", found.enumerated, plan),
        milli("BOIN, exact, small", found.few, "3 doses, 4 cohorts of 3"),
        milli("3+3, exact", found.three_plus_three, "5 doses", "≤ 50"),
        stated("  R escalation, 3+3", designs.R_ESCALATION_SECONDS, designs.R_ESCALATION_TRIALS),
    ]


def _gate(mix: Mix, repeats: int) -> list[Row]:
    """Once: the gate knows no mix."""
    if mix.name != "A":
        return []
    found = gate.measure(repeats)
    row = partial(Row, part="gate", mix="", unit="ms CPU")
    many = f"one answer, {gate.PATIENTS} patients"
    return [
        row(name="one answer, 6 patients", value=found.few.cpu * 1e3, target="< 5"),
        row(name=many, value=found.many.cpu * 1e3, target="< 5"),
        row(name="  of it the decision", value=found.decided.cpu * 1e3),
    ]


def _readjudication(mix: Mix, repeats: int) -> list[Row]:
    """Once: its patients are those of mix A."""
    if mix.name != "A":
        return []
    row = partial(Row, part="readjudication", mix="")
    found = readjudication.measure(repeats, whole=repeats >= _RUNS_OF_ALL)
    rows = []
    for again in found:
        size = f"{again.events:,} events"
        costs = {**again.costs, "real run, amended": again.real}
        for name, cost in costs.items():
            note = f"best {1 / cost.least_cpu:,.0f}, by the wall {1 / cost.wall:,.0f}"
            rows.append(
                row(name=f"{size}: {name}", value=1 / cost.cpu, unit="events per CPU s", note=note)
            )
            yardstick = readjudication.YARDSTICKS.get(name)
            if yardstick is not None:
                bare = costs[readjudication.READ].cpu
                rows.append(
                    row(
                        name=f"  to {yardstick}",
                        value=cost.cpu / costs[yardstick].cpu,
                        unit="times",
                        target=_DRY_TARGET,
                        note=f"{cost.cpu / bare:.2f} to {readjudication.READ}",
                    )
                )
        told = {name: again.counts[name] for name in ("changed", "restated", "unchanged")}
        note = ", ".join(f"{count:,} {name}" for name, count in told.items())
        rows.append(
            row(name="  peak", value=again.mebibytes, unit="MiB", target="≤ 2,048", note=note)
        )
    few, many = (each.costs[readjudication.AMENDED].cpu for each in found)
    return [*rows, row(name="CPU per event, large to small", value=many / few, unit="times",
                       target="≤ 1.2")]  # fmt: skip


def _workers(mix: Mix, _repeats: int) -> list[Row]:
    """Once: its patients are those of mix A."""
    if mix.name != "A":
        return []
    row = partial(Row, part="workers", mix="")
    found = workers.measure()
    note = f"{found.patients:,} patients, by the wall"
    rates = [
        row(name=f"{number} of `doseguard worker`", value=rate, unit="patients per s", note=note)
        for number, rate in found.rates.items()
    ]
    loops = f"two loops that share nothing do {found.of_loops:.2f} times what one does"
    return [*rates, row(name="  two to one", value=found.gain, unit="times",
                        target=_WORKERS_TARGET, note=loops)]  # fmt: skip


def _rate(mix: Mix, name: str, cost: Cost, count: int, target: str | None = None) -> Row:
    return Row(
        part="batch",
        mix=mix.name,
        name=name,
        value=cost.rate(count) / 1e6,
        unit=_RATE,
        note=f"best {count / cost.least_cpu / 1e6:.2f}, by the wall {count / cost.wall / 1e6:.2f}",
        target=target,
    )


def _best(cost: Cost) -> str:
    return f"best {cost.least_cpu * 1e6:.0f}, by the wall {cost.wall * 1e6:.0f}"


PARTS: Mapping[str, Callable[[Mix, int], list[Row]]] = {
    "batch": _batch,
    "comparison": _comparison,
    "http": _http,
    "loopback": _loopback,
    "ingest": _ingest,
    "imports": _imports,
    "readjudication": _readjudication,
    "workers": _workers,
    "laboratory": _laboratory,
    "designs": _designs,
    "gate": _gate,
}
