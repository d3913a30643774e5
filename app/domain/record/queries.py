"""What is missing, as a query to the site: which form, which field, which question.

Forms and fields are the domains and variables of CDISC's SDTM and CDASH, since these are the names
that every EDC system can map to its own. What each answer would do stays in
`Missing.would_settle`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from app.domain.adjudication.result import Missing, MissingField
from app.domain.adjudication.temporal import ONSET_ANSWERS
from app.domain.dlt.facts import ANSWERS


@dataclass(frozen=True, slots=True, kw_only=True)
class DataQuery:
    """A question to the site, and where in the EDC its answer belongs.

    `form` is an SDTM domain (AE), `field` a variable of it (AESTDTC).
    """

    form: str
    field: str
    text: str


class _Asked(NamedTuple):
    form: str
    field: str
    question: str


_ASKED: Final[Mapping[MissingField, _Asked]] = MappingProxyType({
    "causality": _Asked(
        "AE", "AEREL", "Please record how the investigator judges the relation to this agent."
    ),
    "clock_time": _Asked(
        "AE", "AEENDTC", "Please record the clock times of the grade changes on these days."
    ),
    "baseline_grade": _Asked(
        "MH",
        "MHTOXGR",
        "Please record which grade was there at the first infusion, 0 if it was absent.",
    ),
    "assessment": _Asked(
        "LB", "LBORRES", "Please send every result of this test in between, with its time."
    ),
    "clinical_significance": _Asked(
        "LB", "LBCLSIG", "Please record whether the finding is clinically significant."
    ),
    "committee_ruling": _Asked(
        "FA", "FAORRES", "Please send what the committee needs to rule on it."
    ),
    "onset": _Asked("AE", "AESTDTC", "Please record when it began, as finely as it is known."),
    "recovery": _Asked(
        "AE", "AEENDTC", "Please record when the grade fell, or that it goes on, and as of when."
    ),
    "dates": _Asked("AE", "AESTDTC", "Please check the times of the grade changes."),
    "grade": _Asked("AE", "AETOXGR", "Please record which grade it was."),
    "follow_up": _Asked(
        "DS", "DSSTDTC", "Please record up to which day the patient was seen and asked."
    ),
    "death": _Asked(
        "DM", "DTHDTC", "Please record when the patient died, and send what is known of the cause."
    ),
    "exposure": _Asked("EX", "EXSTDTC", "Please record when each infusion began."),
    "term": _Asked("AE", "AETERM", "Please record the term that the dictionary knows."),
    "interventions": _Asked(
        "CM", "CMTRT", "Please record what was given for it, or that nothing was."
    ),
    "intervention_duration": _Asked(
        "CM", "CMENDTC", "Please record when it began and ended, or that it is ongoing."
    ),
    "intervention_start": _Asked("CM", "CMSTDTC", "Please record when each was begun."),
    "other_crs_symptoms": _Asked(
        "FA", "FAORRES", "Please record the other symptoms of CRS, or that there were none."
    ),
    "syndrome": _Asked(
        "AE", "AEGRPID", "Please record of which syndrome it was a part, or that it stood alone."
    ),
    "laboratory": _Asked(
        "LB", "LBTEST", "Please record which test showed it, or that no test did."
    ),
    "alternative_cause": _Asked(
        "AE", "AERELNST", "Please record every other cause, or that there was none."
    ),
    "fact": _Asked("FA", "FAORRES", "Please record whether it is so."),
    "number": _Asked("FA", "FAORRES", "Please record the number, with its unit."),
    "concurrent_event": _Asked(
        "AE", "AESTDTC", "Please check the times of both events, and the term of the other."
    ),
    "occurrence": _Asked(
        "AE", "AESTDTC", "Please check when each of these events began and ended, and its grades."
    ),
    "seriousness": _Asked("AE", "AESER", "Please record by which criteria it is serious, or not."),
})  # fmt: skip

_CLOCK_TIME_OF_ONSET: Final = _Asked(
    "AE", "AESTDTC", "Please record at which clock time it began."
)
_PHASE: Final = _Asked("DM", "ARMCD", "Please record in which phase of the trial the patient is.")


def query_of(missing: Missing) -> DataQuery:
    """The query that would bring a missing datum."""
    asked = _asked(missing)
    told = missing.text if missing.text.endswith((".", "?", "!")) else f"{missing.text}."
    return DataQuery(form=asked.form, field=asked.field, text=f"{told} {asked.question}")


def _asked(missing: Missing) -> _Asked:
    answers = set(missing.would_settle)
    if missing.field == "clock_time" and answers & set(ONSET_ANSWERS):
        return _CLOCK_TIME_OF_ONSET
    if missing.field == "fact" and answers - set(ANSWERS["fact"]):
        return _PHASE  # the answers are the phases of the protocol
    return _ASKED[missing.field]
