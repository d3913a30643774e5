"""FHIR R4 and R5 in JSON: a Bundle, one resource, or resources line by line (Bulk Data, NDJSON).

A file is read in bounded memory: NDJSON line by line, a Bundle entry by entry. A Bundle is read
twice, for a reference may stand before the entry that it points to.
Nothing is converted: cells hold texts and numbers as they were sent, but for codes that standards
define (fhir_codes.py).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, count
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final

from app.domain.source_system import SourceSystem
from app.interchange.bounded import CHUNK, decoded, fault_of, lines_of, shown, text_of, too_long
from app.interchange.fhir_administration import medication_administration
from app.interchange.fhir_adverse_event import MODIFIERS, adverse_event
from app.interchange.fhir_bundle import entries_of, header_and_names, resource_of
from app.interchange.fhir_elements import Element
from app.interchange.fhir_json import NotJson, Unfit, parsed
from app.interchange.fhir_observation import observation
from app.interchange.fhir_rows import Rows, left_out
from app.interchange.fhir_subject import patient, research_subject
from app.interchange.rows import MOST_OF_A_ROW, BadRow, LeftOut, ReadRow, UnreadableFile

_READERS: Final[Mapping[str, Callable[[Element], Rows]]] = {
    "AdverseEvent": adverse_event,
    "MedicationAdministration": medication_administration,
    "Observation": observation,
    "Patient": patient,
    "ResearchSubject": research_subject,
}
_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}", re.ASCII)
_RESOURCE = re.compile(rb'\{\s*"resourceType"')
_NO_NAMES: Final[Mapping[str, str]] = {}


def read_fhir(file: BinaryIO, system: SourceSystem) -> Iterator[ReadRow]:
    """The rows of every resource: AE, EX, LB and DM, and what is left out.

    Raises UnreadableFile: it is no JSON object, no Bundle of resources, or ends too early.
    """
    del system  # every word is kept as sent: what it means is asked when rows are assembled
    with _seekable(file) as again:
        head = _from_the_beginning(again).read(MOST_OF_A_ROW + 1)
        _refuse_others(head)
        numbers = count(1)
        for row in chain.from_iterable(_resources(again, head)):
            numbered = not (isinstance(row, LeftOut) and row.number < 0)
            yield replace(row, number=next(numbers) if numbered else 0)


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file, or a copy of it on disk where it can be read only once."""
    if file.seekable():
        yield file
        return
    with TemporaryFile() as copy:
        copyfileobj(file, copy)
        yield copy


def _resources(file: BinaryIO, head: bytes) -> Iterator[tuple[ReadRow, ...]]:
    if _is_line_by_line(file, head):
        for line in lines_of(_from_the_beginning(file)):
            if line.content.strip():
                yield _in_text(decoded(line.content), line.whole, f"line {line.number}")
        return
    header, names = header_and_names(_from_the_beginning(file))
    if header.get("resourceType") != "Bundle":
        whole = len(head) <= MOST_OF_A_ROW
        yield _in_text(decoded(head), whole, "line 1")
        return
    for at, entry in entries_of(_from_the_beginning(file), {}):
        yield _in_text(entry.text, entry.whole, f"/entry/{at}", names)
    if "next" in header:
        what = "the pages that follow this one (link next): send each"
        yield (LeftOut(number=-1, place="/link", what=what),)


def _from_the_beginning(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return text_of(file)


def _refuse_others(head: bytes) -> None:
    begins = head.lstrip()[:1]
    if begins == b"{":
        return
    if not begins:
        raise UnreadableFile("the file is empty: send a Bundle, a resource, or NDJSON")
    if begins == b"[":
        raise UnreadableFile(
            "the file is a JSON array, which FHIR does not know: send a Bundle, or one resource a "
            "line (NDJSON)"
        )
    if begins == b"<":
        raise UnreadableFile(
            "the file is XML: FHIR is read as JSON; ask for application/fhir+json"
        )
    raise UnreadableFile(f"the file begins with {begins!r}: FHIR's JSON begins with '{{'")


def _is_line_by_line(file: BinaryIO, head: bytes) -> bool:
    """Whether each line is a resource, told by the first two that are not blank.

    In one document no line that ends with a closing bracket is followed by one that opens another;
    a line that is cut short is one of many where the next begins a resource.
    """
    first, end, rest = head.lstrip().partition(b"\n")
    whole = bool(end) or len(head) <= MOST_OF_A_ROW
    if not whole:
        first, rest = _around_its_end(_from_the_beginning(file))
    first, second = first.rstrip(), rest.lstrip()
    if not second:
        return whole and _is_a_resource(first)
    if first.endswith(b"}"):
        return second.startswith(b"{") or (whole and _is_a_resource(first))
    return not first.endswith((b"{", b"[", b":", b",")) and bool(_RESOURCE.match(second))


def _around_its_end(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The last bytes of a first line that is too long, and the first of what follows."""
    before = b""
    while chunk := stream.read(CHUNK):
        if before.strip() and b"\n" in chunk:
            last, _, rest = chunk.partition(b"\n")
            return before + last, rest + stream.read(CHUNK)
        before = chunk
    return before, b""


def _is_a_resource(line: bytes) -> bool:
    try:
        value = parsed(decoded(line))
    except NotJson:
        return False
    return isinstance(value, dict) and value.get("resourceType") != "Bundle"


def _in_text(
    text: str, whole: bool, place: str, names: Mapping[str, str] | None = None
) -> tuple[ReadRow, ...]:
    """The rows of a text: of a resource, or with `names` of an entry of a Bundle."""
    where = place if names is None else f"{place}/resource"
    fault = fault_of(text, None) if whole else ("too_long", too_long())
    if fault is None:
        try:
            return _in_value(parsed(text), where, names)
        except Unfit as problem:
            fault = problem.code, problem.problem
    code, said = fault
    return (BadRow(number=0, place=where, code=code, problem=said, original=shown(text)),)


def _in_value(value: Any, place: str, names: Mapping[str, str] | None) -> tuple[ReadRow, ...]:
    if names is None:
        return _in_resource(value, place, _NO_NAMES)
    found = resource_of(value, place)
    return (found,) if isinstance(found, LeftOut) else _in_resource(found, place, names)


def _in_resource(value: Any, place: str, names: Mapping[str, str]) -> tuple[ReadRow, ...]:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise Unfit("no_resource", "there is no resourceType: send a FHIR resource")
    if kind == "Bundle":
        raise Unfit("bundle_within", "it is a Bundle within others: send its entries, or it alone")
    reader = _READERS.get(kind)
    made = reader(_opened(kind, value, names)) if reader else left_out(f"resource {kind}")
    return tuple(replace(row, place=f"{place}{row.place}") for row in made)


def _opened(kind: str, value: Mapping[str, Any], names: Mapping[str, str]) -> Element:
    known = MODIFIERS if kind == "AdverseEvent" else ()
    resource = Element(path=kind, value=value, names=names, known=known)
    rules = resource.text("implicitRules")
    if rules is not None:
        raise Unfit(
            "unknown_modifier",
            f"{kind}.implicitRules names rules that are not known, {rules[:200]!r}: send it "
            "without them, or enter it by hand",
        )
    return resource
