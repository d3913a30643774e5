"""What a re-adjudication came to, for people: from what to what, then patient by patient."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.use_cases.readable import Paint, Tone

_KINDS: Final = ("unchanged", "changed", "restated", "first", "failed", "not_there")
_TONES: Final[Mapping[str, Tone]] = {
    "DLT": "bad",
    "NOT_DLT": "good",
    "NO_DLT": "good",
    "PENDING": "open",
    "UNDETERMINED": "open",
    "IN_WINDOW": "open",
}
_NEW: Final = {"newly_pending": "PENDING", "newly_undetermined": "UNDETERMINED"}
_COLUMNS: Final = (14, 10)


def moved(counts: Mapping[str, Any]) -> int:
    """How many patients came out otherwise, or could not be judged."""
    return sum(counts.get(each, 0) for each in ("changed", "restated", "first", "failed"))


def lines_of_counts(counts: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    """How many patients came out how, and how many verdicts and statuses went where."""
    yield "  " + ", ".join(
        f"{counts.get(each, 0)} {each.replace('_', ' ')}"
        for each in _KINDS
        if each != "not_there" or counts.get(each)
    )
    for name, of_what in (("verdicts", "events"), ("statuses", "patients")):
        for old, to in sorted(counts.get(name, {}).items()):
            for new, number in sorted(to.items()):
                told = f"{_word(old, paint)} → {_word(new, paint)}"
                yield f"  {of_what:<{_COLUMNS[1]}}{told}: {number}"
    for name, word in _NEW.items():
        if counts.get(name):
            yield f"  newly {_word(word, paint)}: {counts[name]}"


def lines_of_change(change: Mapping[str, Any], paint: Paint) -> Iterator[str]:
    """A patient who came out otherwise, and below each event with the clauses that say so."""
    old, new = change["status"]["old"], change["status"]["new"]
    went = _went(old and old["status"], new and new["status"], paint)
    yield f"{change['subject']:<{_COLUMNS[0]}}{change['kind']:<{_COLUMNS[1]}}{went}".rstrip()
    if change["problem"] is not None:
        yield f"  {change['problem']['detail']} [{change['problem']['code']}]"
    for event in change["events"]:
        old, new = event["old"], event["new"]
        went = _went(old and old["verdict"], new and new["verdict"], paint)
        by = _by(event)
        yield f"  {event['id']}  {went}{'  by ' if by else ''}{by}"


def _went(old: str | None, new: str | None, paint: Paint) -> str:
    """From what to what; the word alone where it stays."""
    if old == new:
        return "" if old is None else _word(old, paint)
    return " → ".join("none" if each is None else _word(each, paint) for each in (old, new))


def _by(event: Mapping[str, Any]) -> str:
    """What decided before and now, where it is named; else the clauses that say otherwise."""
    old, new = _decided(event["old"]), _decided(event["new"])
    if old != new:
        return f"{old or 'none'} → {new or 'none'}"
    return ", ".join(each["clause"] for each in event["clauses"])


def _decided(told: Mapping[str, Any] | None) -> str | None:
    """The exception, else the criterion, of a verdict."""
    return None if told is None else told["exception"] or told["criterion"]


def _word(word: str, paint: Paint) -> str:
    return paint(word, _TONES.get(word, "plain"))
