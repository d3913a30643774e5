"""What may have happened after the last change that was recorded."""

from dataclasses import dataclass, replace
from random import Random

from app.domain.time import DAY, HOUR, MINUTE, NEVER, PartialTime
from tests.oracle.completions import Drawing, Recorded
from tests.oracle.history import Change, History
from tests.oracle.treatment import Treating


@dataclass(frozen=True, slots=True)
class Completion:
    """A complete record. `unless_ahead` is the same one with the last grade persisting: where
    that one only becomes a DLT after the cut, persistence is assumed and this one is no other
    possibility.
    """

    history: History
    unless_ahead: History | None = None


class Tails:
    """Draws what happened after the last change that was recorded."""

    def __init__(self, drawing: Drawing, complete: History) -> None:
        self.drawing, self.complete = drawing, complete
        self.rng, self.cut = drawing.rng, drawing.cut
        self.event, self.subject = drawing.recorded.event, drawing.recorded.subject
        self.rules = drawing.recorded.rules

    def drawn(self) -> Completion:
        """One way in which it went on."""
        changes = self.complete.changes
        if not changes or changes[-1].grade == 0:
            return Completion(self.complete)
        last = changes[-1]
        if last.grade == 5:
            return Completion(self._fatal(min(last.quoted, self.cut), self.drawing.last_span))
        death, lost = self._death(), self._lost()
        stop = min([each for each in (death, lost) if each is not None], default=None)
        # A fall may have come before the assessment that shows it; an end may not.
        shown = max([last.at, self.drawing.last_shown, *self._seen(last.grade)])
        known, assumed = self._known_through(shown)
        if self.event.ongoing is False and not self.drawing.dropped:
            return self._ended(shown, death)
        if stop is not None:
            known = min(known, max(stop, shown))
            return Completion(self._after_death(known, death))
        if known >= self.cut:
            return Completion(self.complete)
        if assumed:
            return Completion(self._maybe_fallen(known, self.cut), self.complete)
        return Completion(self._maybe_fallen(known, self.cut))

    def _known_through(self, shown: int) -> tuple[int, bool]:
        """Through which instant the last grade surely held, and whether it is assumed to go on.

        `shown` is when it was last documented, by its change or by an assessment.
        """
        event, drawing = self.event, self.drawing
        if drawing.dropped:
            return NEVER, False
        known, silent = NEVER, False
        if self.rules.clocks.after_last_report == "unknown":
            if event.ongoing is None:
                known, silent = shown, True
            elif event.ongoing_as_of is not None and not self._as_late_as_the_cut():
                reported = drawing.span(event.ongoing_as_of)
                if reported is not None:
                    known, silent = max(drawing.within(*reported), shown), True
        if drawing.was_assessed():
            return shown, not silent
        return known, False

    def _seen(self, grade: int) -> list[int]:
        """When assessments showed the last grade."""
        return [at for at, shown in self.drawing.assessed() if shown >= grade]

    def _as_late_as_the_cut(self) -> bool:
        reported = self.event.ongoing_as_of
        return reported is not None and reported.span(self.drawing.zone).last == self.cut

    def _death(self) -> int | None:
        return self._instant(self.subject.death.date) if self.subject.death else None

    def _lost(self) -> int | None:
        """When the observation ended other than by death."""
        lost = []
        if self.subject.withdrawal is not None:
            lost.append(self._instant(self.subject.withdrawal.date))
        until = self.subject.follow_up_until
        if until is not None and until.span(self.drawing.zone).last < self.cut:
            zone, span = self.drawing.zone, until.span(self.drawing.zone)
            day = zone.day_of(self.drawing.within(span.first, span.last))
            lost.append(span.first if span.exact else zone.midnight(day + 1) - 1)
        return min([each for each in lost if each is not None], default=None)

    def _instant(self, time: PartialTime | None) -> int | None:
        span = self.drawing.span(time)
        return self.drawing.within(*span) if span else None

    def _ended(self, last: int, death: int | None) -> Completion:
        """It ended after the last change, by the cut: by the death, or unresolved at death."""
        if death is None:
            return Completion(self._fallen(last, self.cut, to=0))
        if self.rng.random() < 0.5 and death > last:
            return Completion(self._fallen(last, death, to=0))
        return Completion(self._after_death(max(death, last), death))

    def _after_death(self, known: int, death: int | None) -> History:
        """After an end of the observation the grade is unknown; a reading may say more."""
        reading = self.rules.clocks.death_from_another_cause
        if death is None or reading == "committee":
            return self._maybe_fallen(known, self.cut + 400 * DAY)
        if known < death and self.rng.random() < 0.5:
            return self._fallen(known, death, to=0)
        if reading == "exceeds_limit":
            dated = self.subject.death and self.drawing.span(self.subject.death.date)
            return self._fatal(death, dated or (death, death))
        return self._fallen(max(death, known) - 1, max(death, known), to=0)

    def _fatal(self, death: int, dated: tuple[int, int]) -> History:
        """Limits exceeded at the death; those in days from the first instant of its day."""
        day = self.drawing.zone.day_of
        one_day = day(dated[0]) == day(dated[1])
        return self._with(fatal_at=death, fatal_day_at=dated[0] if one_day else death)

    def _maybe_fallen(self, known: int, by: int) -> History:
        return self._fallen(known, by) if self.rng.random() < 0.6 else self.complete

    def _fallen(self, known: int, by: int, to: int | None = None) -> History:
        """The grade fell after `known` and by `by`, at once to none or by some grades."""
        changes = self.complete.changes
        grade = self.rng.choice((0, self.rng.randrange(changes[-1].grade))) if to is None else to
        soon = (known + 1, known + MINUTE, known + HOUR)
        at = self.rng.choice((*soon, by, self.drawing.within(known + 1, by)))
        at = max(known + 1, min(at, by)) if by > known else known
        fall = Change(at, grade, at, at)
        return self._with(changes=(*changes, fall))

    def _with(self, **changed: object) -> History:
        values = {name: getattr(self.complete, name) for name in History.__slots__}
        return History(**(values | changed))


def drawn(recorded: Recorded, rng: Random) -> Completion | None:
    """One completion of a record; None where the draw contradicts itself."""
    drawing = Drawing(recorded, rng)
    complete = drawing.draw()
    if complete is None:
        return None
    completion = Tails(drawing, complete).drawn()
    if drawing.persisting == complete.given and not complete.unseen:
        return completion
    ahead = completion.unless_ahead or completion.history
    stopped = Treating(drawing, complete.changes).stopped is not None
    unseen = complete.unseen if stopped else ()
    persisting = replace(ahead, given=drawing.persisting, unseen=unseen)
    return Completion(completion.history, persisting)
