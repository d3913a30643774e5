"""From the bytes of a body to a request: read strictly, validated, all faults at once."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from app.api.errors import InvalidRequest, NotAJsonType, UnclearQuery
from app.api.faults import faults_of_validation, said_why, unknown_field
from app.api.field_names import FieldNames
from app.data.protocols import has
from app.data.strict_json import read_json
from app.domain.errors import Fault
from app.domain.pointers import escape
from app.use_cases.adjudicate import ManySubjects, OneSubject
from app.use_cases.adjudicate import Request as AdjudicationRequest

T = TypeVar("T")
Numbers = Literal["float", "exact", "kept"]
"""What numbers with a fraction become: floats; all their digits; or those that tell them, in the
form in which the record keeps them, so that 38.50 is the same content as 38.5.
"""
ADJUDICATION: TypeAdapter[OneSubject | ManySubjects] = TypeAdapter(AdjudicationRequest)


async def json_body(request: Request, *, exact: bool = False) -> Any:
    """The value of the body; `exact` keeps every digit of its numbers.

    Raises NotAJsonType and what `read_json` raises.
    """
    _refuse_other_types(request.headers.get("content-type"))
    return read_json(await request.body(), exact=exact)


def exact_request(value: Any) -> Any:
    """A parsed request of exact numbers; those of a protocol's document, which is digested as
    JSON knows them, as floats.
    """
    if not brings_document(value):
        return value
    protocol = value["protocol"]
    document = _each_number(protocol["document"], float)
    return {**value, "protocol": {**protocol, "document": document}}


def _each_number(value: Any, change: Callable[[Decimal], Any]) -> Any:
    """The value with its numbers changed; deeper than `read_json` allows it never is."""
    if isinstance(value, dict):
        return {
            name: part if type(part) in _NO_NUMBER else _each_number(part, change)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [_each_number(part, change) for part in value]
    return change(value) if isinstance(value, Decimal) else value


_NO_NUMBER: Final = frozenset({str, int, bool, type(None)})
"""Types of most values, which stay as they are."""


def _as_kept(number: Decimal) -> Decimal:
    """The number as the shortest text of a float tells it, where that is the same number."""
    shortest = Decimal(repr(float(number)))
    return shortest if shortest == number else number


def brings_document(value: Any) -> bool:
    """Whether a parsed body brings a protocol along, which takes a while to be made ready."""
    protocol = value.get("protocol") if isinstance(value, dict) else None
    return isinstance(protocol, dict) and "document" in protocol


def names_added_protocol(value: Any) -> bool:
    """Whether a parsed body names a protocol version that is not built in, and may be added."""
    protocol = value.get("protocol") if isinstance(value, dict) else None
    if not isinstance(protocol, dict) or set(protocol) != {"id", "version"}:
        return False
    names = protocol["id"], protocol["version"]
    return all(isinstance(each, str) for each in names) and not has(*names)


def adjudication_request(value: Any) -> OneSubject | ManySubjects:
    """The request that a parsed body means. Raises InvalidRequest with every fault."""
    return _ADJUDICATIONS.checked(value)


class Bodies(Generic[T]):
    """Reads bodies of one type: strictly, with every fault at its place."""

    def __init__(
        self,
        adapter: TypeAdapter[T],
        *,
        not_used: Mapping[str, str] | None = None,
        numbers: Numbers = "float",
    ) -> None:
        """`not_used` says of fields that look like ours why there are none such."""
        self.adapter = adapter
        self._numbers = numbers
        self._names = FieldNames(adapter)
        self._not_used = not_used or {}

    async def read(self, request: Request) -> T:
        """The body of a request. Raises InvalidRequest, and what `json_body` raises."""
        value = await json_body(request, exact=self._numbers != "float")
        return self.checked(_each_number(value, _as_kept) if self._numbers == "kept" else value)

    def of_exact(self, value: Any) -> T:
        """What a parsed value of exact numbers means. Raises InvalidRequest with every fault."""
        if self._numbers == "exact":
            return self.checked(value)
        return self.checked(_each_number(value, float if self._numbers == "float" else _as_kept))

    def checked(self, value: Any) -> T:
        """What a parsed body means. Raises InvalidRequest with every fault."""
        try:
            return self.adapter.validate_python(value)
        except ValidationError as error:
            found = error.errors(include_url=False)
            faults = faults_of_validation(found, value, self._names)
            raise InvalidRequest([said_why(each, self._not_used) for each in faults]) from error


_ADJUDICATIONS: Bodies[OneSubject | ManySubjects] = Bodies(ADJUDICATION)


async def only_clear_parameters(request: Request) -> None:
    """Refuse a query that names a parameter which the operation does not have, or one twice, or
    is not UTF-8; and the character NUL, in a path too. Raises UnclearQuery with every fault.
    """
    nul = [*_nul("path", request.path_params), *_nul("query", request.query_params)]
    if nul:
        raise UnclearQuery(tuple(nul))
    if not request.query_params:
        return
    known = {parameter.alias for parameter in request.scope["route"].dependant.query_params}
    faults = [
        *_faults_of_names([name for name, _ in request.query_params.multi_items()], known),
        *_faults_of_encoding(request.scope["query_string"]),
    ]
    if faults:
        raise UnclearQuery(tuple(faults))


def _nul(part: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """The one character that no id has, and that PostgreSQL refuses in every text."""
    for name, value in given.items():
        if "\x00" in str(value):
            message = "the character NUL (%00) stands in no name"
            yield Fault(pointer=f"/{part}/{escape(name)}", message=message, code="bad_format")


def _faults_of_names(names: list[str], known: set[str]) -> Iterator[Fault]:
    for name in dict.fromkeys(names):
        if name not in known:
            message = unknown_field(name, known, thing="parameter")
            yield _fault_of_query(name, message, "unknown_parameter")
        elif names.count(name) > 1:
            message = f"parameter {name!r} stands more than once"
            yield _fault_of_query(name, message, "duplicate_parameter")


def _faults_of_encoding(query: bytes) -> Iterator[Fault]:
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        try:
            unquote_to_bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            message = "percent-encode the value in UTF-8"
            yield _fault_of_query(unquote(name.decode("latin-1")), message, "not_utf8")


def _fault_of_query(name: str, message: str, code: str) -> Fault:
    return Fault(pointer=f"/query/{escape(name)}", message=message, code=code)


def _refuse_other_types(content_type: str | None) -> None:
    """Only application/json says how the body is to be read; `+json` types mean more than that."""
    kind, *parameters = (content_type or "").lower().replace('"', "").split(";")
    charsets = {
        value.strip()
        for name, _, value in (each.partition("=") for each in parameters)
        if name.strip() == "charset"
    }
    if kind.strip() != "application/json" or charsets - {"utf-8"}:
        raise NotAJsonType(content_type)
