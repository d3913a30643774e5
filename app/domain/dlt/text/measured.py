"""How laboratory results grade a term of the protocol's own, in sentences."""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.dlt.measured import ResultBound
from app.domain.dlt.protocol import OwnTerm

_LIMITS: Final = {
    "ULN": "the upper limit of normal",
    "LLN": "the lower limit of normal",
    "baseline": "the baseline",
}
_TIMES: Final = re.compile(r"(?P<factor>\S+) x (?P<of>ULN|LLN|baseline)", re.ASCII)


def measured_sentences(own: OwnTerm) -> Iterator[str]:
    """By what results a term has each of its grades."""
    for step in own.measured:
        grade = f"{own.term} is grade {step.grade}"
        results = [_result(each) for each in step.all]
        if len(results) == 1:
            yield f"{grade} by a result of {results[0]}."
        else:
            yield f"{grade} while results show at one time: {'; '.join(results)}."


def _result(bound: ResultBound) -> str:
    """`alt or ast above 3 times the upper limit of normal`."""
    analytes = " or ".join(bound.analytes)
    return f"{analytes} {bound.kind.replace('_', ' ')} {_place(bound.at)}"


def _place(at: str) -> str:
    found = _TIMES.fullmatch(at)
    if found is None:
        return at
    times = "" if found["factor"] == "1" else f"{found['factor']} times "
    return times + _LIMITS[found["of"]]
