"""Which patients of a study a re-adjudication concerns."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection

from app.domain.case import AdverseEvent, SubjectData
from app.domain.record.documents import read_once
from app.store.readjudications import counting_patients, events_counting, ids_counting
from app.use_cases.suppositions import Scope

_AT_ONCE: Final = 500


def patients_in(connection: Connection, study: str, scope: Scope) -> Iterator[str]:
    """The patients of a scope who count, by id."""
    after = ""
    while page := _page(connection, study, scope, after):
        after, found = page
        if scope.terms and found:
            reported = _reported(connection, study, found, scope.terms)
            found = [each for each in found if each in reported]
        yield from found


def _page(
    connection: Connection, study: str, scope: Scope, after: str
) -> tuple[str, list[str]] | None:
    """The last of some patients from beyond `after`, and those of them who are in the scope;
    None where nobody is left. Records are read where the scope asks for what they say.
    """
    if not scope.asks_of_patients:
        ids = ids_counting(connection, study, after=after, limit=_AT_ONCE)
        return (ids[-1], ids) if ids else None
    page = counting_patients(connection, study, after=after, limit=_AT_ONCE)
    if not page:
        return None
    return page[-1][0], [each[0] for each in page if _is_in(scope, *each)]


def _is_in(scope: Scope, subject: str, number: int, document: str) -> bool:
    content = read_once("subject", number, document).content
    if not isinstance(content, SubjectData):
        raise TypeError(f"subject {subject!r} holds {type(content).__name__}")
    asked = (
        (scope.subjects, subject),
        (scope.dose_levels, content.dose_level),
        (scope.phases, content.phase),
        (scope.sites, content.site),
    )
    return all(not wanted or value in wanted for wanted, value in asked)


def _reported(
    connection: Connection, study: str, subjects: Sequence[str], terms: Sequence[str]
) -> set[str]:
    """Those who have an event that is reported by one of some terms, whatever the case."""
    wanted = {each.casefold() for each in terms}
    found = set()
    for subject, number, document in events_counting(connection, study, subjects):
        content = read_once("adverse_event", number, document).content
        if isinstance(content, AdverseEvent) and content.term.casefold() in wanted:
            found.add(subject)
    return found
