"""In which media type a client is answered, and whether it has the answer already (RFC 9110)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.request import parse_http_list

from app.api.errors import NotAcceptable

_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 (the grammar's word)
_TYPE: Final = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*")
_QUALITY: Final = re.compile(r"0?\.\d{0,3}|0|1(\.0{0,3})?")
_ALWAYS: Final = frozenset({("charset", "utf-8")})
"""What a client may ask of every type; JSON is UTF-8 although its type does not say so."""

_Parameters = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Range:
    """Some media types, and how much the client likes them: 0 is not at all."""

    main: str
    sub: str
    parameters: _Parameters
    quality: float

    @property
    def specificity(self) -> tuple[bool, bool, int]:
        return self.main != "*", self.sub != "*", len(self.parameters)

    def has(self, kind: "_Range") -> bool:
        return (
            self.main in ("*", kind.main)
            and self.sub in ("*", kind.sub)
            and self.parameters <= kind.parameters | _ALWAYS
        )


def negotiated(accept: Sequence[str], offered: Sequence[str]) -> str:
    """The media type that the values of `Accept` like best; of equals the first that is offered.

    Of several ranges that a type is in, the most specific tells how much it is liked. One that
    cannot be read names nothing. Without a value, anything is liked. Raises NotAcceptable.
    """
    told = ",".join(accept)
    if not told.strip(" \t,"):
        return offered[0]
    ranges = list(_ranges(told))
    liked = {each: _liked(each, ranges) for each in offered}
    best = max(offered, key=liked.__getitem__)
    if not liked[best]:
        raise NotAcceptable(told, offered)
    return best


def _liked(offered: str, ranges: Sequence[_Range]) -> float:
    (kind,) = _ranges(offered)
    return max(
        ((each.specificity, each.quality) for each in ranges if each.has(kind)),
        default=((False, False, 0), 0.0),
    )[1]


def _ranges(told: str) -> Iterator[_Range]:
    """The ranges that can be read; a lone `*`, which some clients send, is any type."""
    for part in parse_http_list(told):
        kind, *rest = part.split(";")
        found = _TYPE.fullmatch("*/*" if kind.strip() == "*" else kind.lower())
        if found is None:
            continue
        parameters = [_parameter(each) for each in rest if each.strip()]
        names = [name for name, _ in parameters]
        end = names.index("q") if "q" in names else len(names)
        weight = parameters[end][1] if end < len(names) else "1"
        if _QUALITY.fullmatch(weight):
            yield _Range(
                main=found[1],
                sub=found[2],
                parameters=frozenset(parameters[:end]),
                quality=float(weight),
            )


def _parameter(told: str) -> tuple[str, str]:
    name, _, value = told.partition("=")
    return name.strip().lower(), value.strip().strip('"').lower()


def names_tag(if_none_match: str, etag: str) -> bool:
    """Whether the header names the tag; weak comparison, as RFC 9110 says for this header."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]
