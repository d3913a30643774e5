"""A request of each kind of design that has a table."""

from typing import Any, Final, get_args

from pydantic import TypeAdapter

from app.domain.cohort.designs import AnyDesign
from app.use_cases.designs import TableRequest

REQUEST: Final = TypeAdapter(TableRequest)
ROWS: Final = [
    {"n": 3, "decisions": ["escalate", "stay", "de_escalate", "eliminate"]},
    {"n": 6, "decisions": ["escalate", "escalate", "stay", *["exceeds_mtd"] * 4]},
]
DESIGNS: Final[dict[str, dict[str, Any]]] = {
    "3+3": {"kind": "3+3"},
    "rolling-six": {"kind": "rolling-six"},
    "boin": {"kind": "boin", "target": 0.3},
    "mtpi": {"kind": "mtpi", "target": 0.3},
    "mtpi2": {"kind": "mtpi2", "target": 0.3},
    "i3+3": {"kind": "i3+3", "target": 0.3, "interval": [0.25, 0.35]},
    "tite-boin": {"kind": "tite-boin", "target": 0.3, "variant": "lin-yuan-2020"},
    "table": {"kind": "table", "rows": ROWS},
}


def kinds() -> set[str]:
    """The kinds of design that the service knows."""
    union, _ = get_args(AnyDesign)
    return {each.__dataclass_fields__["kind"].default for each in get_args(union)}


def asked(design: dict[str, Any], max_n: int = 18) -> TableRequest:
    """The request, as the service reads it."""
    return REQUEST.validate_python({"design": design, "max_n": max_n})
