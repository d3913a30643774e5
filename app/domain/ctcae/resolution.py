"""What a reported text, with or without a code, turns out to be."""

from dataclasses import dataclass
from typing import Literal

from app.domain.ctcae.errors import either
from app.domain.ctcae.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The report names this term, and nothing speaks against it."""

    term: Term
    by: Literal["name", "synonym", "code"]
    kind: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """The report names no term, or could name several: then `suggestions` are those."""

    text: str
    suggestions: tuple[str, ...]
    ambiguous: bool = False
    kind: Literal["unresolved"] = "unresolved"

    @property
    def message(self) -> str:
        """The finding as a sentence, with the way out."""
        if self.ambiguous:
            return (
                f"Term {self.text!r} may mean {either(self.suggestions)}, or something else: "
                "report the term that is meant."
            )
        if self.suggestions:
            return f"Term {self.text!r} is not known; did you mean {either(self.suggestions)}?"
        return f"Term {self.text!r} is not known: report a term of the dictionary or its code."


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicting:
    """The text names one term and the code another; nobody but the reporter can choose."""

    text: str
    code: int
    by_text: Term
    by_code: Term
    kind: Literal["conflicting"] = "conflicting"

    @property
    def message(self) -> str:
        """The finding as a sentence, with the way out."""
        return (
            f"Term {self.text!r} means {self.by_text.name!r}, but its code {self.code} "
            f"means {self.by_code.name!r}: correct one of them."
        )


Resolution = Resolved | Unresolved | Conflicting
