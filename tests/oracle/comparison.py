"""The core's answer beside those of many completions of the same record."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from app.domain.time import MICROSECOND
from tests.oracle.completions import Recorded
from tests.oracle.engine import Answer
from tests.oracle.history import History
from tests.oracle.judgement import Judgement
from tests.oracle.tails import drawn

#: The exclusive end of an interval is one microsecond after its last instant.
GRAIN = MICROSECOND


@dataclass(frozen=True, slots=True)
class Sample:
    """One completion, the instant at which it becomes a DLT, and whether it is referred."""

    history: History
    at: int | None
    referred: bool

    def verdict(self, cut: int) -> str:
        """The verdict of this completion at a cut."""
        if self.at is None:
            return "NOT_DLT"
        return "DLT" if self.at <= cut else "PENDING"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found for one record."""

    answer: Answer
    samples: tuple[Sample, ...]
    cut: int

    @property
    def verdicts(self) -> set[str]:
        """The verdicts of the completions."""
        return {sample.verdict(self.cut) for sample in self.samples}

    @property
    def latest(self) -> int | None:
        """The instant from which every completion is a DLT; None where there is none."""
        instants = [sample.at for sample in self.samples if sample.at is not None]
        return max(instants) if instants and len(instants) == len(self.samples) else None

    @property
    def denied(self) -> str | None:
        """A verdict or a referral that some completion denies."""
        answer = self.answer
        if not self.samples:
            return None
        if answer.verdict != "UNDETERMINED" and self.verdicts != {answer.verdict}:
            return f"{answer.verdict}, but completions give {', '.join(sorted(self.verdicts))}"
        if answer.at is not None and self.latest is None:
            return f"{answer.verdict} at {answer.at}, but a completion never becomes a DLT"
        if answer.referred and not all(sample.referred for sample in self.samples):
            return "referred, but a completion is not"
        return None

    @property
    def unsound(self) -> str | None:
        """What the core says that some completion denies, the instant of a DLT included."""
        answer = self.answer
        if self.denied or not self.samples:
            return self.denied
        if answer.at is not None and self.latest is not None and answer.at < self.latest - GRAIN:
            return f"{answer.verdict} at {answer.at}, but a completion only at {self.latest}"
        return None

    @property
    def incomplete(self) -> str | None:
        """What every completion that was drawn says and the core does not."""
        if not self.samples:
            return None
        if self.answer.verdict == "UNDETERMINED" and len(self.verdicts) == 1:
            return f"UNDETERMINED, but every completion gives {self.verdicts.pop()}"
        return None

    @property
    def late(self) -> str | None:
        """An instant later than that of any completion that was drawn: true, and told too late."""
        at = self.answer.at
        if at is not None and self.latest is not None and at > self.latest + GRAIN:
            return (
                f"{self.answer.verdict} at {self.answer.at}, but every completion by {self.latest}"
            )
        return None


def compare(recorded: Recorded, answer: Answer, seed: int, draws: int = 150) -> Comparison:
    """Draw completions until the core's answer is refuted or borne out."""
    samples: list[Sample] = []
    cut = recorded.cut
    for sample in _samples(recorded, seed, draws):
        samples.append(sample)
        verdicts = {each.verdict(cut) for each in samples}
        undecided = answer.verdict == "UNDETERMINED" and answer.at is None and not answer.referred
        denied = answer.verdict != "UNDETERMINED" and verdicts != {answer.verdict}
        if denied or (undecided and len(verdicts) > 1):
            break
    return Comparison(answer, tuple(samples), cut)


def seeded(seed: int) -> Random:
    """The same draws each time."""
    return Random(seed)  # noqa: S311


def _samples(recorded: Recorded, seed: int, draws: int) -> Iterator[Sample]:
    rng = seeded(seed)
    judged: list[Sample] = []
    for _ in range(draws):
        completion = drawn(recorded, rng)
        if completion is None:
            continue
        sample = _sample(recorded, completion.history, judged)
        if completion.unless_ahead is not None:
            persisting = _sample(recorded, completion.unless_ahead, judged)
            if persisting.verdict(recorded.cut) != "DLT":
                sample = persisting
        yield sample


def _sample(recorded: Recorded, history: History, judged: list[Sample]) -> Sample:
    """The history judged: once, however often it is drawn, for a full record has but one."""
    for sample in judged:
        if sample.history == history:
            return sample
    judgement = Judgement(recorded.rules, recorded.groups, history)
    judged.append(Sample(history, judgement.becomes_dlt_at(), judgement.is_referred()))
    return judged[-1]
