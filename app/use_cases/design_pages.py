"""A decision table as a page to print."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from app.domain.cohort.design import TableRow
from app.use_cases import pages
from app.use_cases.design_tables import WORDS, Limits, Printed, blocks, patients_of

SHEET: Final = pages.Sheet(
    own="""
dl { display: flex; flex-wrap: wrap; gap: .25rem .5rem; margin: .5rem 0; }
dl div { border: 1px solid #555; display: flex; }
dt { background: #eee; font-weight: 600; padding: .1rem .4rem; }
dd { margin: 0; padding: .1rem .4rem; }
.decisions th, .decisions td, .limits th, .limits td { text-align: center; min-width: 1.4rem; }
.decisions td { font-weight: 600; }
.nobody { border-color: #bbb; }
.escalate { background: #fff; }
.stay, .expand, .cohort_not_full, .suspend { background: #ececec; font-style: italic; }
.de_escalate { background: #d0d0d0; }
.exceeds_mtd, .eliminate { background: #444; color: #fff; }
@media print { dl div, .decisions, .limits { break-inside: avoid; } }
"""
)
STYLE_SOURCE: Final = SHEET.source
"""What a content security policy calls the style sheet of every page."""


def page_of(table: Printed) -> str:
    """The page as HTML."""
    title = f"{table.published.name}: decisions for {table.patients}"
    return pages.page_of(title, SHEET, _main(title, table))


def _main(title: str, table: Printed) -> Iterator[str]:
    yield f"<h1>{escape(title)}</h1>"
    yield from _parameters(table)
    yield from (f"<p>{escape(note)}</p>" for note in table.notes)
    yield from _decisions(table)
    yield from _legend(table)
    yield from _limits(table.limits)
    yield from _boundaries(table)
    yield from _made(table)


def _decisions(table: Printed) -> Iterator[str]:
    yield "<h2>Decisions</h2>"
    for rows in blocks(table.rows):
        yield '<div class="wide">'
        yield '<table class="decisions">'
        yield f"<caption>By DLTs among {escape(patients_of(rows))}</caption>"
        yield "<thead>"
        heading = f'<th scope="colgroup" colspan="{len(rows)}">Evaluable patients</th>'
        yield f'<tr><th scope="col" rowspan="2">DLTs</th>{heading}</tr>'
        numbers = "".join(f'<th scope="col">{row.n}</th>' for row in rows)
        yield f"<tr>{numbers}</tr>"
        yield "</thead>"
        yield "<tbody>"
        for dlts in range(rows[-1].n + 1):
            cells = "".join(_cell(row, dlts) for row in rows)
            yield f'<tr><th scope="row">{dlts}</th>{cells}</tr>'
        yield "</tbody>"
        yield "</table>"
        yield "</div>"


def _cell(row: TableRow, dlts: int) -> str:
    """A decision; nothing where there are more DLTs than patients."""
    if dlts > row.n:
        return '<td class="nobody"></td>'
    decision = row.decisions[dlts]
    return f'<td class="{decision}">{WORDS[decision].letters}</td>'


def _legend(table: Printed) -> Iterator[str]:
    words = [WORDS[each] for each in table.decisions]
    yield from _table(
        "keep",
        "What the letters mean",
        ("Letters", "Decision", "What is done"),
        ((each.letters, each.name, each.means) for each in words),
    )


def _limits(limits: Limits) -> Iterator[str]:
    """The limits; none where no number of DLTs leads to a decision."""
    yield "<h2>In short</h2>"
    yield from _table(
        "limits",
        "By evaluable patients at the level",
        ("Patients", *limits.headings),
        (
            (str(n), *("none" if each is None else str(each) for each in numbers))
            for n, numbers in limits.rows
        ),
    )


def _parameters(table: Printed) -> Iterator[str]:
    yield "<dl>"
    yield from (
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in table.parameters
    )
    yield "</dl>"
    if table.published.sources:
        yield f"<p>Published in: {escape('; '.join(table.published.sources))}.</p>"


def _boundaries(table: Printed) -> Iterator[str]:
    if table.boundaries is not None:
        limits = table.boundaries
        yield from _table(
            "keep",
            "Boundaries of the observed rate of DLTs",
            ("Boundary", "Value", "What it decides"),
            (
                ("lambda_e", repr(limits.lambda_e), "escalate at or below it"),
                ("lambda_d", repr(limits.lambda_d), "de-escalate at or above it"),
            ),
        )


def _made(table: Printed) -> Iterator[str]:
    yield '<footer class="made">'
    yield f"<p>Made by Doseguard {escape(table.engine)} from the request with the digest"
    yield f"<code>{escape(table.digest)}</code>, which is that of its canonical JSON (RFC 8785)"
    yield "with every default written out. A table recommends; people decide.</p>"
    yield "</footer>"


def _table(
    kind: str, caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """A table whose rows begin with what they are about."""
    yield f'<table class="{kind}">'
    yield f"<caption>{escape(caption)}</caption>"
    heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in headings)
    yield f"<thead><tr>{heads}</tr></thead>"
    yield "<tbody>"
    for first, *others in rows:
        cells = "".join(f"<td>{escape(each)}</td>" for each in others)
        yield f'<tr><th scope="row">{escape(first)}</th>{cells}</tr>'
    yield "</tbody>"
    yield "</table>"
