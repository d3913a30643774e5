"""What of an event counts at a cut: judgements that had been made, rulings that still fit."""

from dataclasses import replace

from app.domain.case import Causality, Event, Ruling
from app.domain.steps import span_of
from app.domain.time import PartialTime, Zone


def known_at(event: Event, zone: Zone, cut: int) -> Event:
    """The event as it was judged at the cut.

    Judgements and interventions dated after the cut are left out, and so are those judgements of
    causality that their own assessor has replaced by a surely later one.
    """

    def before(time: PartialTime | None) -> bool:
        return time is None or time.span(zone).first <= cut

    told = [each for each in event.causality if before(each.on) and each.relatedness is not None]
    causality = tuple(each for each in told if not any(_replaces(o, each, zone) for o in told))
    given = event.interventions and tuple(i for i in event.interventions if before(i.start))
    causes = event.alternative_causes and (
        tuple(each for each in event.alternative_causes if before(each.on)) or None
    )
    judged = event.significance
    significance = judged if judged and before(judged.on) else None
    counts = (causality, given, causes, significance)
    if counts == (
        event.causality, event.interventions, event.alternative_causes, event.significance,
    ):  # fmt: skip
        return event
    return replace(
        event,
        causality=causality,
        interventions=given,
        alternative_causes=causes,
        significance=significance,
    )


def _replaces(later: Causality, earlier: Causality, zone: Zone) -> bool:
    same = later.assessor == earlier.assessor is not None and later.agent == earlier.agent
    if not same or later.on is None or earlier.on is None:
        return False
    return earlier.on.span(zone).last < later.on.span(zone).first


def is_outdated(ruling: Ruling, event: Event, zone: Zone) -> bool:
    """Whether the event rose, after the ruling on it, above every grade that had been seen."""
    if ruling.question != "committee_ruling":
        return False
    ruled = ruling.on.span(zone).last
    seen = [c.grade or 0 for c in event.grades if span_of(c.at, zone).first <= ruled]
    later = [c.grade or 0 for c in event.grades if span_of(c.at, zone).first > ruled]
    return bool(later) and max(later) > max(seen, default=0)
