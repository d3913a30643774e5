"""The samples of a release, as `python -m tools.replay_samples` writes them."""

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from app.data import protocols
from app.domain.adjudication.protocol import ReadyProtocol
from app.store.adjudications import StoredAdjudication
from app.store.records import Stored
from app.use_cases.answering import judge
from app.use_cases.recompute import Engine, Known, Recomputed, recomputed

HERE: Final = Path(__file__).parent
RELEASES: Final = sorted(each.parent.name for each in HERE.glob("*/expected-differences.yaml"))


class Sample(NamedTuple):
    """The adjudications of one study, and what they name."""

    adjudications: list[StoredAdjudication]
    known: Known

    def again(self, engine: Engine = judge) -> Iterator[Recomputed]:
        return (recomputed(each, self.known, engine) for each in self.adjudications)


@cache
def samples(release: str) -> tuple[Sample, ...]:
    return tuple(map(_sample, sorted((HERE / release).glob("*.ndjson"))))


def expected(release: str) -> list[dict[str, Any]]:
    text = (HERE / release / "expected-differences.yaml").read_text("utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)
    return found


def told(found: Recomputed) -> Iterator[str]:
    """Each difference in a line; that another version judged is none."""
    whose = f"{found.kept.study} {found.kept.subject}/{found.kept.number}"
    if found.obstacle is not None:
        yield f"{whose} cannot {found.obstacle.code}"
    for each in found.changes:
        if each.path != "/engine_version":
            yield f"{whose} {each.kind} {each.path}"


def _sample(file: Path) -> Sample:
    versions, documents, kept = {}, {}, []
    for line in file.read_text("utf-8").splitlines():
        ((what, value),) = json.loads(line).items()
        if what == "protocol":
            documents[value["id"], value["version"]] = value["document"]
        elif what == "version":
            kind = value.pop("kind")
            stored = Stored(**_timed(value) | {"document": _canonical(value["document"])})
            versions[kind, stored.key, stored.version] = stored
        else:
            texts = {name: _canonical(value[name]) for name in ("inputs", "answer")}
            kept.append(StoredAdjudication(**_timed(value) | texts, summary=""))
    ready: dict[tuple[str, str], ReadyProtocol] = {}

    def protocol(name: str, version: str) -> ReadyProtocol:
        if (name, version) not in ready:
            added = documents.get((name, version))
            ready[name, version] = (
                protocols.load(name, version).ready
                if added is None
                else protocols.make_ready(added)
            )
        return ready[name, version]

    return Sample(kept, Known(versions=versions, protocol=protocol))


def _timed(value: dict[str, Any]) -> dict[str, Any]:
    times = {name: value[name] for name in ("recorded_at", "as_of", "due") if value.get(name)}
    return value | {name: datetime.fromisoformat(text) for name, text in times.items()}


def _canonical(value: Any) -> str:
    """The text that was digested: the order of its fields is kept."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
