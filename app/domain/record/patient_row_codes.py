"""What findings say about rows of demographics, disposition, exposure and laboratory results."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.record.finding_codes import Told

PATIENT_ROW_CODES: Final[Mapping[str, Told]] = MappingProxyType({
    "patient_rows_differ": Told(
        "error",
        "The rows of the patient tell {what} in more than one way, so it is not taken: correct "
        "them.",
    ),
    "sex_unreadable": Told(
        "warning", "{what} is no sex that is known, so it is not taken: send F, M or U."
    ),
    "site_not_an_id": Told(
        "warning",
        "{what} cannot be the id of a site here, so it is not taken: send letters, digits, dots, "
        "dashes and underscores.",
    ),
    "dose_level_differs": Told(
        "error",
        "The arm that was planned and the one that came of it have different dose levels, so "
        "neither is taken: record the dose level with the patient, and with each exposure.",
    ),
    "death_denied": Told(
        "error",
        "DTHFL says that the patient did not die, and a date or a disposition says so; the death "
        "stands: correct one of them.",
    ),
    "death_unclear": Told(
        "warning",
        "{what} is no date, and nothing else says that the patient died, so no death is "
        "recorded: send DTHFL, or leave the date blank.",
    ),
    "stop_date_missing": Told(
        "warning",
        "No date of the {what} was sent that can be read, so it may have been at any time: send "
        "it.",
    ),
    "stop_dates_differ": Told(
        "error",
        "The rows of the patient tell different dates of the {what}, so it is not known: correct "
        "them.",
    ),
    "disposition_open": Told(
        "info",
        "The patient stopped, which does not say whether the observation ended, so no withdrawal "
        "is taken from it: say in dispositions what the word means, or record the withdrawal.",
    ),
    "seen_after_withdrawal": Told(
        "warning",
        "The end of participation (RFPENDTC) lies after the withdrawal, so the observation may "
        "have gone on: correct one of the two, or say in DSSCAT that only treatment was left.",
    ),
    "disposition_alone": Told(
        "info",
        "The disposition tells nothing that is recorded, and nothing else is known of the "
        "patient: send the row of DM.",
    ),
    "not_given": Told(
        "info", "{what} says that nothing was given, so there is no exposure: correct it if "
        "something was.",
    ),
    "treatment_not_named": Told(
        "error",
        "The row names no treatment that can be an agent, so there is no exposure: send EXTRT.",
    ),
    "start_missing": Told(
        "warning",
        "No start of the exposure was sent, so it may have been at any time: send EXSTDTC.",
    ),
    "dose_zero": Told(
        "warning",
        "The dose is 0, of what is no placebo, and the exposure stands: send EXOCCUR N if nothing "
        "was given, or correct the dose.",
    ),
    "analyte_not_named": Told(
        "error", "The row names no test, so there is no result: send LBTESTCD or LBLOINC."
    ),
    "analyte_unmapped": Told(
        "info",
        "{what} is no measurement that is graded, so there is no result: say in analytes which "
        "of the analytes it is, if it is one.",
    ),
    "analyte_unknown": Told(
        "error",
        "The settings map the test to {what}, which is no analyte: correct it in analytes.",
    ),
    "analyte_ambiguous": Told(
        "warning",
        "{what} may be several measurements, so there is no result: send the LOINC code of one "
        "that is graded, or say in analytes which it is.",
    ),
    "analyte_contradicted": Told(
        "error",
        "{what} name different measurements, so there is no result: correct one of the two.",
    ),
    "specimen_differs": Told(
        "warning",
        "{what} is not what the measurement is graded in, so there is no result: where it is all "
        "the same, map the test with its specimen in analytes (GLUC/CAPILLARY).",
    ),
    "test_not_done": Told(
        "info", "The test was not done, so there is no result: send it again when it was."
    ),
    "result_of_test_not_done": Told(
        "error",
        "The test was not done, and has a result, so none is taken: correct LBSTAT, or the "
        "result.",
    ),
    "result_missing": Told("warning", "The row has no result: send LBORRES, or LBSTAT NOT DONE."),
    "result_unreadable": Told(
        "error",
        "The result is longer than 200 characters or has control characters, so none is taken: "
        "send what was measured.",
    ),
    "measurement_undated": Told(
        "error",
        "{what} does not say when it was measured, so there is no result: send LBDTC in ISO 8601.",
    ),
    "unit_unmapped": Told(
        "warning",
        "{what} is no unit that is known, so the value is read in the unit of its limits: say in "
        "units which unit it is.",
    ),
    "limit_not_numeric": Told(
        "warning", "{what} is no number, so it is no limit of normal: send a number, or leave it "
        "blank.",
    ),
    "standard_limits_not_used": Told(
        "warning",
        "Limits of normal were sent with the standard result alone, and are not used for the "
        "original one: send LBORNRLO and LBORNRHI.",
    ),
    "laboratory_not_named": Told(
        "warning", "LBNAM cannot be a name, so the laboratory is not known: correct it."
    ),
    "baseline_flags_several": Told(
        "warning",
        "Several results of this measurement in this unit are flagged as its baseline, so none "
        "is: flag one.",
    ),
})  # fmt: skip
"""Every code of DM, DS, EX and LB; `{what}` is a variable and what it holds."""
