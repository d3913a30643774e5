"""Pages to print: whole in themselves, without scripts, legible without colours."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

_COMMON: Final = """
:root { color-scheme: light; }
body { margin: 2rem auto; max-width: 70rem; padding: 0 1rem; background: #fff; color: #111;
  font: 1rem/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 1.75rem 0 .5rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .5rem 0 1rem; }
caption { caption-side: top; text-align: left; font-weight: 600; padding: 0 0 .35rem; }
th, td { border: 1px solid #555; padding: .2rem .5rem; }
th { background: #eee; font-weight: 600; text-align: left; }
.wide { overflow-x: auto; }
.made { border-top: 1px solid #555; font-size: .85rem; margin-top: 2rem; overflow-wrap: anywhere; }
@page { margin: 12mm; }
@media print {
  body { margin: 0; max-width: none; padding: 0; font-size: 9pt; }
  h2, h3, caption { break-after: avoid; }
  thead { display: table-header-group; }
  tr, .keep { break-inside: avoid; }
  .wide { overflow: visible; }
  th, td { padding: .1rem .3rem; }
  th, td { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The style of one kind of page, beside what all have in common.

    It is the same for every page of the kind, so that a policy can allow it by its hash.
    """

    own: str

    @property
    def css(self) -> str:
        """The whole style sheet."""
        return _COMMON + self.own

    @property
    def source(self) -> str:
        """What a content security policy calls it."""
        return f"'sha256-{b64encode(sha256(self.css.encode()).digest()).decode()}'"

    @property
    def policy(self) -> str:
        """The policy of a page, which may do nothing but look like this."""
        return f"default-src 'none'; style-src {self.source}"

    @property
    def answered_policy(self) -> str:
        """The policy of a page that the service answers: as of every answer, but for the style."""
        return f"{self.policy}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def page_of(title: str, sheet: Sheet, main: Iterable[str]) -> str:
    """A page as HTML, of the lines of its main part."""
    lines = (
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(sheet.policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>",
        f"<style>{sheet.css}</style>",
        "</head>",
        "<body>",
        "<main>",
        *main,
        "</main>",
        "</body>",
        "</html>",
    )
    return "\n".join(lines) + "\n"
