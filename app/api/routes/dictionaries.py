"""The dictionaries of adverse event terms."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from app.api.dependencies import TheRecord
from app.api.errors import UnknownCode
from app.api.pages import After, Limit, link_next
from app.api.schemas.dictionaries import (
    DictionaryItem,
    DictionaryPage,
    TermDetail,
    TermItem,
    TermPage,
)
from app.domain.ctcae.texts import TermTexts
from app.use_cases.dictionaries import counterparts, dictionary, every_dictionary
from app.use_cases.dictionary_texts import texts_of_term

router = APIRouter(prefix="/v1/dictionaries", tags=["dictionaries"])

DictionaryId = Annotated[str, Path(examples=["ctcae-5.0"])]
MeddraCode = Annotated[int, Path(ge=0, examples=[10029366])]
Words = Annotated[
    str,
    Query(
        max_length=200,
        description="A term, a synonym, a part of one, or the start of a MedDRA code.",
        examples=["neutro"],
    ),
]
OrganClass = Annotated[
    str | None, Query(max_length=200, description="Only terms of this organ class.")
]


@router.get("", summary="List dictionaries")
async def list_dictionaries() -> DictionaryPage:
    """The dictionaries, their digests and organ classes."""
    items = tuple(DictionaryItem.of(each) for each in every_dictionary())
    return DictionaryPage(items=items, next=None)


@router.get("/{dictionary_id}/terms", summary="Search terms")
async def search_terms(
    request: Request,
    response: Response,
    dictionary_id: DictionaryId,
    q: Words = "",
    soc: OrganClass = None,
    limit: Limit = 50,
    after: After = None,
) -> TermPage:
    """The terms that the words lead to, nearest first; without words all, by name."""
    page = dictionary(dictionary_id).search(q, organ_class=soc, limit=limit, after=after)
    return TermPage(
        items=tuple(TermItem.of(term) for term in page.terms),
        next=link_next(request, response, page.next),
    )


@router.get("/{dictionary_id}/terms/{meddra_code}", summary="Show a term")
async def show_term(
    record: TheRecord, dictionary_id: DictionaryId, meddra_code: MeddraCode
) -> TermDetail:
    """A term by its MedDRA code: which grades of it exist, NCI's sentences where they have been
    imported, and what it is in other versions.
    """
    known = dictionary(dictionary_id)
    term = known.by_code(meddra_code)
    if term is None:
        raise UnknownCode(meddra_code, known.title, known.code_elsewhere(meddra_code))

    def found() -> TermTexts | None:
        with record.database.reading() as connection:
            return texts_of_term(connection, dictionary_id, meddra_code)

    texts = await run_in_threadpool(found)
    return TermDetail.with_others(term, counterparts(dictionary_id, term), texts)
