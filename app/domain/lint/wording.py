"""What the text of clauses shows by itself: locators, paraphrases, and words for causality."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.dlt.protocol import Document
from app.domain.dlt.rule import RuleSet
from app.domain.lint.finding import LintFinding
from app.domain.lint.places import values_of
from app.domain.lint.profiles import SCALE

_PLACEHOLDER: Final = re.compile(
    r"\W*|[\W_]*(tbd|tba|tbc|to ?do|fixme|n/?a|none|unknown|x+|placeholder|locator|somewhere"
    r"|to be (determined|confirmed|added|done)|see protocol|lorem ipsum.*)[\W_]*",
    re.IGNORECASE,
)


def is_placeholder(text: str) -> bool:
    """Whether a text only keeps a place: `?`, `tbd`, `n/a`."""
    return _PLACEHOLDER.fullmatch(text) is not None


def wording(ready: ReadyProtocol, document: Mapping[str, Any]) -> Iterator[LintFinding]:
    """Placeholders, paraphrases that stand twice, and sets of causality with gaps."""
    yield from _placeholders(document)
    if ready.rules is not None:
        yield from _twice(ready.rules.decided.rules)
    yield from _causality(ready.document, document)


def _placeholders(document: Mapping[str, Any]) -> Iterator[LintFinding]:
    for part in ("dlt", "stagger", "design"):
        for pointer, text in values_of(document.get(part), "at", f"/{part}"):
            if isinstance(text, str) and is_placeholder(text):
                yield LintFinding(
                    code="placeholder_locator",
                    severity="warning",
                    pointer=pointer,
                    message=f"{text!r} is no place in the source.",
                    way_out="Write where the sentence stands: section and item.",
                    clauses=_clause_at(pointer, document),
                )
        for pointer, text in values_of(document.get(part), "says", f"/{part}"):
            if isinstance(text, str) and is_placeholder(text):
                yield LintFinding(
                    code="no_paraphrase",
                    severity="warning",
                    pointer=pointer,
                    message=f"{text!r} says nothing of what the clause means.",
                    way_out="Say in your own words what the source says there.",
                    clauses=_clause_at(pointer, document),
                )


def _clause_at(pointer: str, document: Mapping[str, Any]) -> tuple[str, ...]:
    """The id of the clause that a place lies in."""
    here: Any = document
    for part in pointer.split("/")[1:-1]:
        here = here[int(part)] if isinstance(here, list | tuple) else here[part]
    found = here.get("id")
    return (found,) if isinstance(found, str) else ()


def _twice(rules: RuleSet) -> Iterator[LintFinding]:
    """Two clauses with one paraphrase: the second was copied, and its words not changed."""
    seen: dict[str, str] = {}
    clauses = [("criteria", *each) for each in enumerate(rules.criteria)]
    told = [(part, number, each.id, each.says) for part, number, each in clauses]
    told += [("exceptions", n, each.id, each.says) for n, each in enumerate(rules.exceptions)]
    for part, number, clause, says in told:
        words = " ".join(says.casefold().split()).rstrip(".")
        if words in seen:
            yield LintFinding(
                code="duplicate_paraphrase",
                severity="warning",
                pointer=f"/dlt/{part}/{number}/says",
                message=f"Clause {clause!r} says the same as {seen[words]!r}: {says!r}.",
                way_out="Say what tells the two apart, or leave one of them out.",
                clauses=(seen[words], clause),
            )
        seen.setdefault(words, clause)


# --- causality ---------------------------------------------------------------------------------


def _causality(known: Document, document: Mapping[str, Any]) -> Iterator[LintFinding]:
    for pointer, related in values_of(document.get("dlt"), "related", "/dlt"):
        if isinstance(related, Mapping):
            yield from _related(known, pointer, related)
    for pointer, window in values_of(document.get("dlt"), "window", "/dlt"):
        named = _sets(window.get("agent")) if isinstance(window, Mapping) else ()
        for agent in chain.from_iterable(named):
            if known.agents.get(agent) == "background":
                yield _background(f"{pointer}/agent", agent, "The window starts with infusions of")


def _related(known: Document, pointer: str, related: Mapping[str, Any]) -> Iterator[LintFinding]:
    for named in _sets(related.get("agent")):
        for agent in named:
            yield from _agent(known, pointer, agent, named)
    for words in _sets(related.get("any_of")):
        yield from _gap(f"{pointer}/any_of", words)


def _agent(
    known: Document, pointer: str, agent: str, others: Sequence[str]
) -> Iterator[LintFinding]:
    if agent not in known.agents:
        yield LintFinding(
            code="unknown_agent",
            severity="error",
            pointer=f"{pointer}/agent",
            message=f"there is no agent {agent!r}; there are {', '.join(known.agents)}",
            way_out="Write one of them, or declare the agent.",
        )
    elif pointer == "/dlt/counts/related" and all(
        known.agents.get(each) == "background" for each in others
    ):
        yield _background(f"{pointer}/agent", agent, "What counts is causality to")


def _background(pointer: str, agent: str, says: str) -> LintFinding:
    return LintFinding(
        code="background_agent",
        severity="warning",
        pointer=pointer,
        message=f"{says} {agent!r}, which is declared as background treatment.",
        way_out="Name the investigational agent, or declare this one as investigational.",
    )


def _sets(value: Any) -> Iterator[tuple[str, ...]]:
    """The word, or the set of words, or those of each option of a reading."""
    if isinstance(value, Mapping) and isinstance(value.get("options"), Mapping):
        for option in value["options"].values():
            yield from _sets(option)
    elif isinstance(value, str):
        yield (value,)
    elif isinstance(value, list | tuple):
        yield tuple(each for each in value if isinstance(each, str))


def _gap(pointer: str, words: tuple[str, ...]) -> Iterator[LintFinding]:
    """Words above the least one that are left out: more related counts for less.

    What counts goes up to the most related; a condition may ask for any part of the scale.
    """
    held = [place for place, word in enumerate(SCALE) if word in words]
    least = min(held, default=len(SCALE))
    most = max(held, default=0) if not pointer.startswith("/dlt/counts/") else len(SCALE)
    missing = [word for word in SCALE[least:most] if word not in words]
    if missing:
        yield LintFinding(
            code="causality_gap",
            severity="warning",
            pointer=pointer,
            message=f"{SCALE[least]!r} counts, and {', '.join(repr(m) for m in missing)}, "
            f"which {'is' if len(missing) == 1 else 'are'} more, "
            f"{'does' if len(missing) == 1 else 'do'} not.",
            way_out=f"Write [{', '.join(SCALE[least:])}], or name the word at which it begins.",
        )
