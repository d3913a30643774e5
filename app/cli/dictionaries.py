"""`doseguard dictionary`: import NCI's sentences, list dictionaries and terms, show a term."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from sqlalchemy import Connection

from app.cli.keys import AsJson, migrated, writer_of
from app.cli.record import opened_if_there
from app.cli.terminal import saying_what_is_wrong
from app.data.dictionaries.published import MAX_BYTES
from app.domain.ctcae import Resolved, Term
from app.domain.ctcae.errors import UnknownTerm
from app.domain.ctcae.texts import TermTexts
from app.domain.record.origin import OPERATOR
from app.store.types import written
from app.use_cases.dictionaries import dictionary, every_dictionary
from app.use_cases.dictionary_texts import (
    Publication,
    import_texts,
    read_publication,
    texts_imported,
    texts_of_term,
)

_Found = TypeVar("_Found")

commands = typer.Typer(
    help="Import NCI's sentences, list the dictionaries and their terms, show a term.",
    no_args_is_help=True,
)


@commands.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(help="NCI's workbook (.xlsx, .xls), or its rows in JSON.")
    ],
    dictionary_id: Annotated[
        str | None,
        typer.Option("--as", metavar="ID", help="Which dictionary it is: else told by its terms."),
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook: else the first fit.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Take it although others were imported before.")
    ] = False,
) -> None:
    """Import the sentences of CTCAE from its publication; from then on they are shown.

    The file has to have every term of that version with its code, organ class and grades.
    """
    with saying_what_is_wrong():
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
        publication = read_publication(file.name, content, dictionary_id, sheet)
    with migrated() as database, writer_of(database) as writer:
        done = writer.run(lambda unit: import_texts(unit, OPERATOR, publication, replace=replace))
    typer.echo(f"{publication.dictionary_id}: {done.result}. {_checks(publication)}")
    typer.echo(f"  {publication.digest}")


@commands.command("list")
def list_dictionaries(as_json: AsJson = False) -> None:
    """List the dictionaries, and whether their sentences have been imported."""
    imported = _read(texts_imported) or {}
    facts: list[dict[str, Any]] = []
    for each in every_dictionary():
        texts = imported.get(each.id)
        facts.append(
            {
                "id": each.id,
                "title": each.title,
                "terms": len(each.terms),
                "digest": each.digest,
                "texts": texts
                and {"digest": texts.digest, "imported_at": written(texts.recorded_at)},
            }
        )
    if as_json:
        typer.echo(json.dumps(facts))
        return
    for fact in facts:
        texts = fact["texts"]
        since = f"imported {texts['imported_at']}" if texts else "not imported"
        typer.echo(f"{fact['id']}: {fact['title']}, {fact['terms']} terms; sentences {since}")
        typer.echo(f"  {fact['digest']}")


@commands.command()
def show(
    term: Annotated[str, typer.Argument(help="A name, a synonym, or a MedDRA code.")],
    dictionary_id: Annotated[
        str, typer.Option("--in", metavar="ID", help="The dictionary.")
    ] = "ctcae-5.0",
) -> None:
    """Show a term: the grades that it has, and their sentences where they were imported."""
    with saying_what_is_wrong():
        resolved = _resolved(term, dictionary_id)
    found = resolved.term
    texts = _read(lambda connection: texts_of_term(connection, dictionary_id, found.code or 0))
    if resolved.elsewhere is not None:
        typer.echo(resolved.elsewhere.message, err=True)
    typer.echo(f"{found.name} ({found.code}), {found.organ_class}")
    for line in _lines(found, texts):
        typer.echo(line)


@commands.command()
def terms(
    words: Annotated[
        str, typer.Argument(help="A name, a synonym, a part of one, or the start of a code.")
    ] = "",
    organ_class: Annotated[
        str | None, typer.Option("--soc", metavar="CLASS", help="Only of this organ class.")
    ] = None,
    dictionary_id: Annotated[
        str, typer.Option("--in", metavar="ID", help="The dictionary.")
    ] = "ctcae-5.0",
    as_json: AsJson = False,
) -> None:
    """List the terms that words lead to, or all: what a group of a protocol is made of."""
    with saying_what_is_wrong():
        known = dictionary(dictionary_id)
        found = known.search(words, organ_class=organ_class, limit=max(1, len(known.terms))).terms
    if as_json:
        facts = [
            {
                "term": each.name,
                "code": each.code,
                "organ_class": each.organ_class,
                "grades": list(each.grades),
            }
            for each in found
        ]
        typer.echo(json.dumps(facts))
        return
    for each in found:
        grades = ", ".join(map(str, each.grades))
        typer.echo(f"{each.name} ({each.code}), {each.organ_class}; grades {grades}")
    if not found:
        told = f" of {organ_class}" if organ_class else ""
        typer.echo(f"No term{told} of {known.title} is called {words!r} or nearly so.", err=True)


def _read(asked: Callable[[Connection], _Found]) -> _Found | None:
    """What the record says; None where there is none yet, for the facts come without one."""
    with opened_if_there() as database:
        if database is None:
            return None
        with database.reading() as connection:
            return asked(connection)


def _resolved(text: str, dictionary_id: str) -> Resolved:
    """The term of a name, a synonym or a code. Raises UnknownDictionary, UnknownTerm."""
    known = dictionary(dictionary_id)
    code = int(text) if text.isdecimal() else None
    answer = known.resolve("" if code is not None else text, code)
    if isinstance(answer, Resolved):
        return answer
    raise UnknownTerm(text, known.title, known.suggest(text))


def _lines(term: Term, texts: TermTexts | None) -> list[str]:
    if texts is None:
        grades = ", ".join(map(str, term.grades))
        return [f"  grades {grades}; sentences: doseguard dictionary import FILE"]
    lines = [f"  {grade}: {texts.grades[grade]}" for grade in term.grades]
    lines += [f"  {text}" for text in (texts.definition, texts.navigational_note) if text]
    return lines


def _checks(publication: Publication) -> str:
    agree = f"{publication.terms} terms of {publication.title}, with their codes and grades"
    if publication.is_known:
        return f"{agree}; the sentences are NCI's, by their digest."
    return f"{agree}; the sentences are not, letter by letter, those that this version knows."
