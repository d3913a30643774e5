"""Findings of rows: what was odd when the rows of a file were made into records.

They stand beside the findings on arrival (app/domain/record/findings.py) of the record that was
made, or with the row where no record can carry them. Of a date or a word that has no meaning they
keep the text, since the record cannot.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.record.finding_codes import Told
from app.domain.record.findings import RecordFinding
from app.domain.record.patient_row_codes import PATIENT_ROW_CODES

_LONGEST_SHOWN: Final = 120

ROW_CODES: Final[Mapping[str, Told]] = MappingProxyType({
    "row_perhaps_corrected": Told(
        "warning",
        "Several rows have {what} and the same start or the same grade, and one was not sent "
        "again when another came, so it may have been corrected since, and still counts: name "
        "what tells rows apart for good in identity, or take the old row back.",
    ),
    "row_of_another_name": Told(
        "warning",
        "A row of the patient named {what} stood here before and said something else, and by "
        "subjects both are the same row of one patient, so the later one holds: where they are "
        "two, name what tells them apart in identity, and send the earlier file again.",
    ),
    "recorded_otherwise": Told(
        "warning",
        "Somebody recorded another {what} than the rows tell, which the rows' now replaces: "
        "correct it at its source, or record it once the source tells nothing of it.",
    ),
    "told_no_more": Told(
        "warning",
        "The rows told {what} once and tell it no more, and a blank takes nothing back, so it "
        "stays as recorded: correct the record where it is wrong.",
    ),
    "led_no_more": Told(
        "error",
        "The last version of {what} was made of rows that, by keys of the settings, do not belong "
        "there any more, and others wrote it too: correct it, or void it.",
    ),
    "told_of_another": Told(
        "warning",
        "Rows that turned out to be of another patient told {what}, so it is taken out here: "
        "record it where it holds of this patient too.",
    ),
    "date_unreadable": Told(
        "warning",
        "{what} cannot be read as a date, so the time is not known: write ISO 8601 such as "
        "2026-03-01, or leave it blank.",
    ),
    "date_read_coarsely": Told(
        "warning",
        "Of {what} only a part could be read, so the time is the whole interval that it may be: "
        "write ISO 8601, or set date_order where day and month may be either.",
    ),
    "study_day_contradicts": Told(
        "warning", "{what} is another day than its date: correct one of the two."
    ),
    "flag_unreadable": Told(
        "warning", "{what} is neither Y nor N, so it is not known: correct it, or leave it blank."
    ),
    "grade_unreadable": Told(
        "warning",
        "{what} is no grade, so the grade is not known: send a whole number from 0 to 5.",
    ),
    "severity_unmapped": Told(
        "warning",
        "{what} is no grade, and none is taken from it: send AETOXGR, or say in severity_grades "
        "which grade the word is in this study.",
    ),
    "grade_and_severity_differ": Told(
        "warning", "{what} is another grade than AETOXGR, which holds: correct one of the two."
    ),
    "outcome_unmapped": Told(
        "warning",
        "{what} is no outcome that is known, so none is taken from it: say in outcomes what the "
        "word means.",
    ),
    "relatedness_unmapped": Told(
        "warning",
        "{what} has no place on the scale of causality, so the relation to that agent is not "
        "known: say in causality what the word means.",
    ),
    "causality_agent_unknown": Told(
        "warning",
        "{what} judges an agent that is not told, so it counts for none: say in causality_agents "
        "which agent the variable judges, or send the administration.",
    ),
    "judgements_differ": Told(
        "warning",
        "The rows of the event judge the relation to {what} differently, and all judgements "
        "stand: correct the rows, or rule on the causality.",
    ),
    "intervention_unmapped": Told(
        "warning",
        "{what} is no intervention that is known, so it is not known what was given: say in "
        "interventions what the words mean.",
    ),
    "intervention_not_named": Told(
        "info",
        "The event was treated, but {what} does not say with what: send the treatment, or map it "
        "in interventions.",
    ),
    "interventions_open": Told(
        "info",
        "{what} was given for the event, and perhaps more, so it is not known what was: send "
        "AECONTRT = Y where it is all.",
    ),
    "seriousness_contradicted": Told(
        "warning",
        "The event is not serious, but {what} says that it is; each criterion stands as it was "
        "sent: correct one of them.",
    ),
    "ongoing_and_ended": Told(
        "error",
        "The event has an end, but {what} says that it went on, so the grade after the end is not "
        "known: correct one of the two.",
    ),
    "ongoing_undated": Told(
        "warning",
        "{what} says that the event goes on, and nothing as of when, so it is not known: send "
        "AEENTPT, or say when the extract was made (extracted_at).",
    ),
    "ongoing_and_outcome": Told(
        "error",
        "{what} is against the outcome of the event, so it is not known whether it goes on: "
        "correct one of the two.",
    ),
    "fatal_below_grade_5": Told(
        "error",
        "The outcome is fatal, but the grade is below 5, so it may have risen: correct the grade, "
        "or the outcome.",
    ),
    "sequelae_after_end": Told(
        "info",
        "The event ended with sequelae, so the grade after the end is not known: send the grade "
        "of what is left.",
    ),
    "term_missing": Told(
        "error", "The event has no term, so it may be any: send AETERM or AEDECOD."
    ),
    "term_shortened": Told(
        "warning", "The term has more than 200 characters and was cut there: send a shorter one."
    ),
    "no_event": Told(
        "info",
        "{what} says that there was no event, so none was made: void the row where it is wrong.",
    ),
    "fact_contradicted": Told(
        "warning",
        "The rows of the event answer {what} differently, so it is not known: correct one of "
        "them.",
    ),
    "grade_collection_not_told": Told(
        "warning",
        "The settings do not say how grades are collected, and these rows tell several of one "
        "event: set grade_collection.",
    ),
    "episode_end_not_told": Told(
        "info",
        "The settings do not say whether an end date ends the event or the grade, so the grade "
        "after it is not known: set episode_end.",
    ),
    "rows_joined_by_adjacency": Told(
        "warning",
        "Rows of one term were taken as one event since one begins where the other ends, and "
        "nothing else ties them: send AEGRPID, or separate them.",
    ),
    "rows_overlap": Told(
        "warning",
        "Rows of the event give several grades for the same time, so only the highest of them is "
        "known to have been reached then: correct their dates.",
    ),
    "group_of_several_terms": Told(
        "warning",
        "{what} ties rows of several terms, and each term is an event of its own: correct the "
        "term, or the group.",
    ),
    "finding_joined_by_term": Told(
        "warning",
        "A finding about the event is tied to it by its term and date alone: send RELREC or "
        "AELNKID.",
    ),
    "finding_outside_event": Told(
        "warning",
        "A finding about the event, {what}, lies outside its start and end: correct the dates.",
    ),
    "grade_and_findings_differ": Told(
        "warning",
        "The grade of the event, {what}, is not that of the findings about it; both stand: "
        "correct one of them.",
    ),
    "too_many_changes": Told(
        "warning",
        "The event has more changes of grade than a record holds, so only its highest grade is "
        "kept: void rows that repeat each other.",
    ),
    "finding_not_linked": Told(
        "warning",
        "The finding {what} belongs to no event of the patient, or may belong to several: send "
        "RELREC, or link it by AELNKID.",
    ),
    "finding_not_used": Told(
        "info",
        "The finding {what} tells nothing that is asked for: map its test in facts where a "
        "protocol asks for it.",
    ),
    "supplement_not_linked": Told(
        "warning",
        "The supplemental value {what} belongs to no event of the same extract: name the extract "
        "of both files (extract), or name the event by AESPID.",
    ),
    "supplement_contradicted": Told(
        "warning",
        "{what} was sent with several values, so none is taken: correct the supplemental rows.",
    ),
    "relation_not_linked": Told(
        "info",
        "The relation {what} ties no two rows that are imported: send both rows, or leave it out.",
    ),
    "syndrome_not_found": Told(
        "warning",
        "{what} names no one event of the patient that this may be part of: name it by its id.",
    ),
    "returned_unreadable": Told(
        "error",
        "{what} cannot be read back, so what the export told there is not known: correct the "
        "cell, or export the event again.",
    ),
    "returned_differs": Told(
        "error",
        "The rows of the event tell {what} in two ways, so it is not known: export the event "
        "again, or correct its rows.",
    ),
    "returned_incomplete": Told(
        "error",
        "The rows of the event are not all there as one export numbered them ({what}), so times "
        "alone tell its course, which may be another: import all rows of one export, as a "
        "snapshot with absent=void where it has fewer than an earlier one.",
    ),
    "interventions_contradicted": Told(
        "error",
        "{what} say otherwise than DLTINTV, so it is not known what was given for the event: "
        "correct one of them.",
    ),
    "link_not_found": Told(
        "warning",
        "{what} names no event of the patient that was exported too, so it stands as it was "
        "recorded and ties nothing: import that event, or correct the link.",
    ),
    "component_unreadable": Told(
        "warning",
        "The component {what} cannot be read, so it is not known: send it in the words of "
        "docs/grading-crs-icans, or correct it.",
    ),
    "assessment_without_time": Told(
        "error",
        "The assessment {what} has no time that can be read, so it grades nothing: send FADTC.",
    ),
    "nothing_told": Told(
        "info", "The row tells nothing of an event, so none was made: send its term and dates."
    ),
    **PATIENT_ROW_CODES,
})  # fmt: skip
"""Every code that rows can be flagged with when they are made into records."""


def row_finding(code: str, pointer: str = "", what: str = "") -> RecordFinding:
    """A finding by its code, at its place, about a variable and what it holds."""
    told = ROW_CODES[code]
    return RecordFinding(
        code=code, severity=told.severity, pointer=pointer, message=told.message.format(what=what)
    )


def said(variable: str, cell: str) -> str:
    """A variable and its cell, cut where it is long, as a message shows them."""
    shown = cell if len(cell) <= _LONGEST_SHOWN else f"{cell[:_LONGEST_SHOWN]}…"
    return f"{variable} {shown!r}"
