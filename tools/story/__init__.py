"""A patient of a trial, as the service is told of her: what the examples are taken from.

Every operation appears. Who asks is one of three keys: the trials office, the feed of the EDC
system, and a medical monitor, who is a person.
"""

from tools.story.imports import a_file
from tools.story.kinds import what_was_wrong
from tools.story.patient import a_batch, fatigue, its_correction, results, the_patient
from tools.story.readjudications import judged_again
from tools.story.stateless import without_a_record
from tools.story.study import a_hold, an_amendment, the_study_begins, the_trail, what_stands
from tools.telling import Service


def tell(service: Service) -> None:
    """The whole story."""
    without_a_record(service)
    the_study_begins(service)
    the_patient(service)
    fatigue(service)
    its_correction(service)
    a_batch(service)
    results(service)
    a_file(service)
    an_amendment(service)
    a_hold(service)
    what_stands(service)
    what_was_wrong(service)
    judged_again(service)
    the_trail(service)
