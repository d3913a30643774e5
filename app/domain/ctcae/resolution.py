"""What a reported text, with or without a code, turns out to be."""

from dataclasses import dataclass
from typing import Literal

from app.domain.ctcae.errors import either
from app.domain.ctcae.term import Term


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeElsewhere:
    """A code that this version of CTCAE does not have, and `titles`, other versions, have.

    `name` is its term there, `here` the terms that this version has for that; `same_event` says
    that there is one, neither broader nor narrower.
    """

    code: int
    name: str
    titles: tuple[str, ...]
    title_here: str
    here: tuple[str, ...]
    same_event: bool

    @property
    def message(self) -> str:
        """The finding as a sentence, with what is here instead."""
        there = " and ".join(self.titles)
        text = f"Code {self.code} is {self.name!r} in {there}; {self.title_here} has no such code"
        if self.same_event:
            return f"{text}, and calls the event {either(self.here)}."
        if self.here:
            return f"{text}; nearest to it comes {either(self.here)}."
        return f"{text}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """The report names this term, and nothing speaks against it."""

    term: Term
    by: Literal["name", "synonym", "code"]
    elsewhere: CodeElsewhere | None = None
    """Whose the reported code is, where it is another version's."""
    kind: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """The report names no term, or could name several: then `suggestions` are those."""

    text: str
    suggestions: tuple[str, ...]
    ambiguous: bool = False
    elsewhere: CodeElsewhere | None = None
    """Whose the reported code is, where it is another version's."""
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
