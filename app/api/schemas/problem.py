"""What every error answers (RFC 9457), with all faults of a request at once."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultItem:
    """One thing wrong at one place of the request."""

    pointer: Annotated[
        str,
        Field(
            description="JSON pointer into the body; `/query/…` and `/path/…` for parameters.",
            examples=["/subject/events/0/grades/0/grade"],
        ),
    ]
    code: Annotated[str, Field(description="Stable (docs/errors.md).", examples=["bad_grade"])]
    message: Annotated[str, Field(description="What is wrong, and the way out.")]
    value: Annotated[
        str | int | float | bool | None,
        Field(description="The value, where it is short and says nothing about a patient."),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An error: what happened, where, and how to mend it."""

    type: Annotated[str, Field(examples=["urn:doseguard:problem:invalid_request"])]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: Annotated[str, Field(description="The path that was asked for.")]
    code: Annotated[str, Field(description="Stable (docs/errors.md).")]
    request_id: Annotated[str, Field(description="Also in the header `X-Request-Id`.")]
    errors: tuple[FaultItem, ...]
