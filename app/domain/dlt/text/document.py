"""A whole protocol document as a text: every rule in sentences beside its clause."""

from collections.abc import Iterator

from app.domain.dlt.protocol import Document
from app.domain.dlt.readings import ruled
from app.domain.dlt.text.clauses import Part
from app.domain.dlt.text.model import Block, Blocks, Clause, Heading, Item, Items, Paragraph
from app.domain.dlt.text.readings import Parts, parts_of, readings_blocks
from app.domain.dlt.text.surroundings import grading_blocks, notes_blocks, trial_blocks

_HOW_TO_READ = (
    "A run is an unbroken stretch of an event at the named grade or worse. A run that ends and "
    "begins again is two runs, and each is judged. An event is a DLT when one of its runs is one "
    "by any criterion.",
    "A run is a DLT by a criterion when it counts, the criterion holds for it, and no exception "
    "takes it out.",
    "A stretch at the judged run's own grade is that run; at a higher grade it is any within the "
    "run, at a lower one the stretch that contains the run.",
    "What is not recorded is neither true nor false. Where the verdict hangs on it, the answer is "
    "UNDETERMINED, and says what is missing.",
)


def blocks_of(document: Document, digest: str) -> Blocks:
    """The text of a document that has been made ready; its readings as they are by default.

    Raises `BadProtocol` for a document whose readings cannot be decided.
    """
    clocks = None if document.dlt is None else ruled(document, {})[0].clocks
    parts = parts_of(document, {}, clocks)
    return (
        *_title(document, digest),
        *_definition(document, parts),
        *_groups(parts),
        *readings_blocks(document, clocks),
        *grading_blocks(document.grading, document.interventions),
        *trial_blocks(document),
        *_enrolment(parts),
        *notes_blocks(document),
    )


def _title(document: Document, digest: str) -> Iterator[Block]:
    source = document.source
    updated = f", updated {source.updated.text}" if source.updated is not None else ""
    section = f", {source.section}" if source.section is not None else ""
    yield Heading(level=1, text=document.title)
    yield Paragraph(
        text=f"Protocol {document.id}, version {document.version}. Source: "
        f"{source.registry}{updated}{section}."
    )
    yield Paragraph(
        text="This text is made from the document whose digest is "
        f"{digest}, clause by clause; it adds nothing, and the document decides. Each clause "
        "shows its place in the source and our paraphrase of it, then the rule as it is applied."
    )


def _definition(document: Document, parts: Parts) -> Iterator[Block]:
    if document.dlt is None:
        yield Heading(level=2, text="Dose-limiting toxicities")
        yield Paragraph(
            text="The source states no definition of a DLT, so there is none here: every event "
            "is answered with NOT_APPLICABLE."
        )
        return
    yield Heading(level=2, text="How to read the rules")
    yield Items(items=tuple(Item(text=each) for each in _HOW_TO_READ))
    yield from _section("Where DLTs are looked for", [parts["observed_in"], parts["window"]])
    yield from _section("What counts", [parts["counts"]])
    yield Heading(level=2, text="Criteria")
    yield from _clauses(parts, "criteria/")
    if any(key.startswith("exceptions/") for key in parts):
        yield Heading(level=2, text="Exceptions")
        yield from _clauses(parts, "exceptions/")
    yield Heading(level=2, text="Referral to the committee")
    yield from _shown(parts["refer_to_committee"])
    syndromes = [part for key, part in parts.items() if key.startswith("syndromes/")]
    if syndromes:
        yield from _section("Symptoms of a syndrome", syndromes)
    yield from _section("Clocks", [parts["clocks"]])


def _section(title: str, parts: list[Part]) -> Iterator[Block]:
    yield Heading(level=2, text=title)
    yield Items(items=tuple(item for part in parts for item in part.items))


def _clauses(parts: Parts, below: str) -> Iterator[Block]:
    for key, part in parts.items():
        if key.startswith(below):
            yield Heading(level=3, text=key.removeprefix(below))
            yield from _shown(part)


def _shown(part: Part) -> Iterator[Block]:
    if part.source is None:
        yield Items(items=part.items)
        return
    source = part.source
    yield Clause(at=source.at, says=source.says, sentence=source.sentence, rule=part.items)


def _groups(parts: Parts) -> Iterator[Block]:
    groups = [part for key, part in parts.items() if key.startswith("groups/")]
    if groups:
        yield Heading(level=2, text="Groups of terms")
        yield Items(
            items=tuple(
                Item(lead=f"{part.title.removeprefix('group ')}:", text=item.text)
                for part in groups
                for item in part.items
            )
        )


def _enrolment(parts: Parts) -> Iterator[Block]:
    if "enrolment" in parts:
        yield Heading(level=2, text="Enrolment gate")
        yield Paragraph(text="Settings of the gate that says who may be dosed next.")
        yield Items(items=parts["enrolment"].items)
