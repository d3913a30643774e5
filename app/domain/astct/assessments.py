"""Components as a record holds them: read as those of their scale, or refused at their place."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, Literal

from pydantic import TypeAdapter, ValidationError

from app.domain.astct.crs import CrsComponents
from app.domain.astct.icans import IcansComponents
from app.domain.astct.ice import POINTS, IceItems
from app.domain.astct.lookalikes import CRS_LOOK_ALIKES, ICANS_LOOK_ALIKES
from app.domain.errors import BadValue, Fault

Scale = Literal["crs", "icans", "ice"]
Components = CrsComponents | IcansComponents | IceItems

_TYPES: Final[Mapping[Scale, TypeAdapter[Any]]] = {
    "crs": TypeAdapter(CrsComponents),
    "icans": TypeAdapter(IcansComponents),
    "ice": TypeAdapter(IceItems),
}
_NAMES: Final[Mapping[Scale, tuple[str, ...]]] = {
    "crs": tuple(each.name for each in fields(CrsComponents)),
    "icans": tuple(each.name for each in fields(IcansComponents)),
    "ice": tuple(each.name for each in fields(IceItems)),
}
_NOT_USED: Final[Mapping[Scale, Mapping[str, str]]] = {
    "crs": CRS_LOOK_ALIKES,
    "icans": ICANS_LOOK_ALIKES,
    "ice": {},
}
_WHOLE: Final = frozenset(
    {*POINTS, "ice_score", "capd_score", "tremor_ctcae_grade", "myoclonus_ctcae_grade"}
)
_LARGEST: Final = 1000


class BadComponents(BadValue):
    """Components that are not those of the scale; pointers are relative to them."""

    code = "invalid"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer}: {fault.message}" for fault in faults))

    def below(self, root: str) -> "BadComponents":
        """The same faults of what holds the components at this place."""
        return BadComponents(
            tuple(replace(each, pointer=root + each.pointer) for each in self.faults)
        )


def read_components(scale: Scale, components: Mapping[str, Any]) -> Components:
    """The components of an assessment. Raises BadComponents with every fault.

    Numbers may be decimals or their text, as a record keeps them.
    """
    plain = {name: _plain(name, value) for name, value in components.items()}
    try:
        found: Components = _TYPES[scale].validate_python(plain)
    except ValidationError as error:
        raise BadComponents(tuple(_faults(scale, error))) from error
    return found


def _plain(name: str, value: Any) -> Any:
    """The value, whole numbers as such."""
    if isinstance(value, Mapping):
        inner = name if name == "organ_toxicity" else ""
        return {each: _plain(inner or each, part) for each, part in value.items()}
    whole = name in _WHOLE or name == "organ_toxicity"
    if whole and isinstance(value, str) and value.isascii() and value.isdecimal():
        value = Decimal(value)
    if isinstance(value, Decimal) and abs(value) <= _LARGEST and value == int(value):
        return int(value)
    return value


def _faults(scale: Scale, error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False):
        pointer = "".join(
            "/" + str(part).replace("~", "~0").replace("/", "~1") for part in each["loc"]
        )
        if each["type"] in {"extra_forbidden", "unexpected_keyword_argument"}:
            name = str(each["loc"][-1])
            known = _NAMES[scale] if len(each["loc"]) == 1 else ()
            yield Fault(
                pointer=pointer, message=_no_such(scale, name, known), code="unknown_field"
            )
            continue
        refused = each.get("ctx", {}).get("error")
        message = each["msg"] if refused is None else str(refused)
        yield Fault(pointer=pointer, message=message, code=each["type"])


def _no_such(scale: Scale, name: str, known: tuple[str, ...]) -> str:
    why = _NOT_USED[scale].get(name)
    if why is not None:
        return f"{name!r} is not used here: {why}"
    near = get_close_matches(name[:80], known, 1)
    return f"unknown component {name[:80]!r} of {scale}" + (
        f"; did you mean {near[0]!r}?" if near else ""
    )
