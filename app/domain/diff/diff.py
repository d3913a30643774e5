"""Two versions of a protocol compared whole."""

from dataclasses import dataclass
from typing import Literal

from app.domain.adjudication.protocol import ReadyProtocol
from app.domain.diff.changes import Difference, Document, Effect, differences, gravest
from app.domain.diff.verdicts import OtherVerdicts, other_verdicts


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedVersion:
    """Which version it is."""

    id: str
    version: str
    digest: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolDiff:
    """What differs. `effect` is the gravest that a difference may have: on verdicts, on enrolment
    alone, on the wording alone, or `none` where both are the same document.
    """

    old: ComparedVersion
    new: ComparedVersion
    effect: Effect | Literal["none"]
    differences: tuple[Difference, ...]
    verdicts: OtherVerdicts


def diff(
    old: ReadyProtocol, old_document: Document, new: ReadyProtocol, new_document: Document
) -> ProtocolDiff:
    """Compare two versions; the documents are they as written.

    Cases are judged only where verdicts may depend on a difference.
    """
    found = differences(old_document, new_document)
    effect: Effect | Literal["none"] = "none"
    if old.digest != new.digest:
        effect = gravest(each.effect for each in found)
    return ProtocolDiff(
        old=_version(old),
        new=_version(new),
        effect=effect,
        differences=found,
        verdicts=other_verdicts(old, new) if effect == "verdicts" else OtherVerdicts(),
    )


def _version(ready: ReadyProtocol) -> ComparedVersion:
    document = ready.document
    return ComparedVersion(
        id=document.id, version=document.version, digest=ready.digest, title=document.title
    )
