"""Readings as people rule on them: the question, the options, and what each does to the rules."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from app.domain.dlt.protocol import Document, Reading
from app.domain.dlt.readings import choose, ruled
from app.domain.dlt.rule import Clocks, RuleSet
from app.domain.dlt.text import settings
from app.domain.dlt.text.clauses import Part, criterion_part, exception_part
from app.domain.dlt.text.model import Block, Heading, Item, Items, Paragraph
from app.domain.dlt.text.surroundings import enrolment_part
from app.domain.errors import BadProtocol

Parts: TypeAlias = Mapping[str, Part]
"""Every part of the rules by its place in the document."""
Choice: TypeAlias = tuple[tuple[str, str], ...]
"""Readings with the options that they are decided by, where these are not the defaults."""


MOST_OPTIONS: Final = 500
"""Of more options, each counted wherever it stands, what they would change is not told."""


def parts_of(document: Document, overrides: Mapping[str, str], clocks: Clocks | None) -> Parts:
    """The parts of the rules with some readings decided otherwise.

    Limits are worded by `clocks`; by those of the rules where it is None. Raises `BadProtocol`
    for options that do not give rules.
    """
    parts: dict[str, Part] = {}
    if document.dlt is not None:
        rules, groups = ruled(document, overrides)
        parts |= _of_rules(rules, clocks or rules.clocks)
        for name, terms in groups.items():
            parts[f"groups/{name}"] = settings.group_part(name, terms)
    if document.enrolment is not None:
        stated = choose(document, document.enrolment, "/enrolment", overrides)
        parts["enrolment"] = enrolment_part(stated)
    return parts


def _of_rules(rules: RuleSet, clocks: Clocks) -> Iterator[tuple[str, Part]]:
    yield "observed_in", settings.phases_part(rules)
    yield "window", settings.window_part(rules.window)
    yield "counts", settings.counts_part(rules.counts, clocks)
    for criterion in rules.criteria:
        yield f"criteria/{criterion.id}", criterion_part(criterion, rules, clocks)
    for clause in rules.exceptions:
        yield f"exceptions/{clause.id}", exception_part(clause, clocks)
    yield "refer_to_committee", settings.referral_part(rules.refer_to_committee)
    for number, syndrome in enumerate(rules.syndromes):
        yield f"syndromes/{number}", settings.syndrome_part(syndrome)
    yield "clocks", settings.clocks_part(rules.clocks)


def readings_blocks(document: Document, clocks: Clocks | None) -> list[Block]:
    """Every reading of a document."""
    if not document.readings:
        return []
    told = "Where the prose leaves something open, one of these options holds. Below each other "
    told += "option stands what the rules would then say."
    used = _used(document)
    if _cases(document, used) > MOST_OPTIONS:
        told = "Where the prose leaves something open, one of these options holds. They are too "
        told += "many to say what each would make of the rules."
        used = {reading: set() for reading in used}
    blocks: list[Block] = [Heading(level=2, text="Readings"), Paragraph(text=told)]
    told_before = _told_by({()}.union(*used.values()), document, clocks)
    for reading in document.readings:
        blocks.append(Heading(level=3, text=reading.id))
        blocks.append(Paragraph(text=f"{reading.question} {_ruled(reading)}"))
        below = sorted(used.get(reading.id, ()), key=lambda each: (len(each), each))
        if reading.id not in used:
            blocks.append(Paragraph(text="No rule of the document hangs on it."))
        options = [
            Item(
                lead=f"{option}{' (holds)' if option == reading.default else ''}:",
                text=says,
                below=tuple(
                    _changes(document, (reading.id, option), below, told_before, clocks)
                    if option != reading.default
                    else ()
                ),
            )
            for option, says in sorted(
                reading.options.items(), key=lambda told: told[0] != reading.default
            )
        ]
        blocks.append(Items(items=tuple(options)))
    return blocks


def _cases(document: Document, used: Mapping[str, Collection[Choice]]) -> int:
    """How often the rules have to be decided to tell what each option makes of them."""
    return sum(len(each.options) * len(used.get(each.id, ())) for each in document.readings)


def _ruled(reading: Reading) -> str:
    if reading.ruled_by is None:
        on = f" Ruled on {reading.ruled_on.text}." if reading.ruled_on is not None else ""
        return f"Nobody is named who ruled; the default is {reading.default}.{on}"
    on = f" on {reading.ruled_on.text}" if reading.ruled_on is not None else ""
    return f"Ruled by {reading.ruled_by}{on}: {reading.default}."


def _used(document: Document) -> dict[str, set[Choice]]:
    """By reading, the other choices below which it stands: none, or options that do not hold."""
    default = {reading.id: reading.default for reading in document.readings}
    used: dict[str, set[Choice]] = {}
    for value in (document.dlt, document.groups, document.enrolment):
        for reading, below in _choices(value, (), default):
            used.setdefault(reading, set()).add(below)
    return used


def _choices(
    value: Any, below: Choice, default: Mapping[str, str]
) -> Iterator[tuple[str, Choice]]:
    """Every place where a reading is chosen."""
    if _is_choice(value, default):
        reading = value["reading"]
        yield reading, below
        for option, part in value["options"].items():
            holds = option == default[reading]
            yield from _choices(part, below if holds else (*below, (reading, option)), default)
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from _choices(part, below, default)


def _is_choice(value: Any, readings: Container[str]) -> bool:
    """Whether a value chooses by a reading that there is; others are told as faults elsewhere."""
    return (
        isinstance(value, Mapping)
        and set(value) == {"reading", "options"}
        and isinstance(value["reading"], str)
        and value["reading"] in readings
        and isinstance(value["options"], Mapping)
    )


def _told_by(
    contexts: Iterable[Choice], document: Document, clocks: Clocks | None
) -> dict[Choice, Parts]:
    """What the rules say by some options that do not hold, where these give rules."""
    told: dict[Choice, Parts] = {}
    for context in contexts:
        try:
            told[context] = parts_of(document, dict(context), clocks)
        except BadProtocol:  # said below the option that gives none
            continue
    return told


def _changes(
    document: Document,
    decided: tuple[str, str],
    contexts: Iterable[Choice],
    told_before: Mapping[Choice, Parts],
    clocks: Clocks | None,
) -> Iterator[Item]:
    """What the rules say by an option that does not hold, as far as it differs."""
    for context in contexts:
        before = told_before.get(context)
        if before is None:
            continue
        try:
            after = parts_of(document, dict((*context, decided)), clocks)
        except BadProtocol as error:
            yield Item(text=f"It gives no rules: {error}")
            continue
        where = "".join(f"Where {other} is {chosen}: " for other, chosen in context)
        yield from _differences(before, after, where)


def _differences(before: Parts, after: Parts, where: str) -> Iterator[Item]:
    """The sentences that are other ones, each once for all parts that have it."""
    found: dict[tuple[str, Item], list[str]] = {}
    for key in (*after, *(key for key in before if key not in after)):
        for name, item in _other_lines(before.get(key), after.get(key)):
            title = (after.get(key) or before[key]).title
            found.setdefault((name, item), []).append(title)
    for (_, item), titles in found.items():
        text = item.text if item.lead is None else f"{item.lead} {item.text}"
        yield Item(lead=f"{where}{', '.join(titles)}:", text=text, below=item.below)


def _other_lines(before: Part | None, after: Part | None) -> Iterator[tuple[str, Item]]:
    if after is None:
        yield "whole", Item(text="There is no such clause.")
        return
    known: Mapping[str, Item] = before.lines if before is not None else {}
    yield from ((name, item) for name, item in after.lines.items() if known.get(name) != item)
    yield from (
        (name, Item(text=f"Nothing of {name}.")) for name in known if name not in after.lines
    )
    if after.source is not None and (before is None or before.source != after.source):
        sentence = f" “{after.source.sentence}”" if after.source.sentence is not None else ""
        text = f"Its source ({after.source.at}): {after.source.says}{sentence}"
        yield "source", Item(text=text)
