"""How a stopping rule does where the true rate of toxicity is known: exact, by enumeration.

Patients are independent, and every look is made with all outcomes known. From patient to patient
the probabilities of the counts that have not stopped are carried on: Goldman, Controlled Clinical
Trials 1987;8:327-337.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.cohort.monitoring.boundary import StoppingBoundary


@dataclass(frozen=True, slots=True, kw_only=True)
class StopsAfter:
    """How probable it is that the look after n patients is the one that stops."""

    n: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRate:
    """What a stopping rule does under one true rate.

    `probability_stop` is that of ever stopping, also at the last look; with
    `probability_complete`, that of never, it adds up to 1. Patients and toxicities are those up
    to the stop, or to the last patient.
    """

    true_rate: float
    probability_stop: float
    probability_complete: float
    stops_after: tuple[StopsAfter, ...]
    expected_patients: float
    expected_toxicities: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingCharacteristics:
    """A boundary, and what it does under each true rate."""

    boundary: StoppingBoundary
    rates: tuple[OfRate, ...]


def characteristics(
    boundary: StoppingBoundary, true_rates: Sequence[float]
) -> StoppingCharacteristics:
    """The exact characteristics under each true rate, a probability from 0 to 1."""
    rate = np.array(true_rates, np.float64)[:, np.newaxis]
    toxicities = np.arange(boundary.max_n + 1)
    # A row for each rate: how probable each number of toxicities is without a stop so far.
    going = np.zeros((len(true_rates), boundary.max_n + 1))
    going[:, 0] = 1
    stopped = np.zeros((len(true_rates), len(boundary.rows)))
    patients, events = np.zeros(len(true_rates)), np.zeros(len(true_rates))
    looks = {row.n: (place, row.stop_at) for place, row in enumerate(boundary.rows)}
    for n in range(1, boundary.max_n + 1):
        one_more = going[:, :-1] * rate
        going = going * (1 - rate)
        going[:, 1:] += one_more
        place, stop_at = looks.get(n, (0, None))
        if stop_at is not None:
            crossed = going[:, stop_at:]
            stopped[:, place] = crossed.sum(axis=1)
            patients += n * stopped[:, place]
            events += crossed @ toxicities[stop_at:]
            going[:, stop_at:] = 0
    completed = going.sum(axis=1)
    patients += boundary.max_n * completed
    events += going @ toxicities
    return StoppingCharacteristics(
        boundary=boundary,
        rates=tuple(
            OfRate(
                true_rate=true_rate,
                probability_stop=float(stopped[at].sum()),
                probability_complete=float(completed[at]),
                stops_after=tuple(
                    StopsAfter(n=row.n, probability=float(stopped[at, place]))
                    for place, row in enumerate(boundary.rows)
                ),
                expected_patients=float(patients[at]),
                expected_toxicities=float(events[at]),
            )
            for at, true_rate in enumerate(true_rates)
        ),
    )


def ever_stops(boundary: StoppingBoundary, rate: float) -> float:
    """How probable it is that the boundary is ever reached."""
    return characteristics(boundary, (rate,)).rates[0].probability_stop
