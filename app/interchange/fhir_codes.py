"""Codes that FHIR's adverse events are written in, and what each says in SDTM.

Only codes whose published display proves the meaning stand here; any other word is kept as it was
written, and asks for the settings. Displays: NCI Thesaurus, HL7 Terminology, and the value sets of
HL7's guides "Adverse Event Clinical Research" (R5, and its R4 backport) and "CTCAE" (R4).
"""

from collections.abc import Mapping
from typing import Final

NCIT: Final = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
MEDDRA: Final = (
    "https://www.meddra.org",
    "http://www.meddra.org",
    "http://terminology.hl7.org/CodeSystem/MDRAE",
    "urn:oid:2.16.840.1.113883.6.163",
)
LOINC: Final = "http://loinc.org"

_THO = "http://terminology.hl7.org/CodeSystem"
_CTCAE_GRADE = "http://hl7.org/fhir/us/ctcae/CodeSystem/ctcae-grade-code-system"
_ICH = "urn:oid:2.16.840.1.113883.3.989.2.1.1.19"

Codes = Mapping[tuple[str | None, str | None], str]
"""What a code of a system says, by both."""

GRADES: Final[Codes] = {
    (NCIT, "C41338"): "1",
    (NCIT, "C41339"): "2",
    (NCIT, "C41340"): "3",
    (NCIT, "C41337"): "4",
    (NCIT, "C48275"): "5",
    **{(_CTCAE_GRADE, grade): grade for grade in ("0", "1", "2", "3", "4", "5")},
}
"""0 says that the event was looked for and was absent."""

SERIOUSNESS: Final[Codes] = {
    (f"{_THO}/adverse-event-seriousness", "serious"): "Y",
    (f"{_THO}/adverse-event-seriousness", "non-serious"): "N",
    (f"{_THO}/adverse-event-seriousness", "Serious"): "Y",
    (f"{_THO}/adverse-event-seriousness", "Non-serious"): "N",
    (NCIT, "C41335"): "Y",
    (NCIT, "C41336"): "N",
}

SERIOUS_BY: Final[Codes] = {
    (f"{_THO}/adverse-event-seriousness", "SeriousResultsInDeath"): "AESDTH",
    (f"{_THO}/adverse-event-seriousness", "SeriousIsLifeThreatening"): "AESLIFE",
    (f"{_THO}/adverse-event-seriousness", "SeriousResultsInHospitalization"): "AESHOSP",
    (f"{_THO}/adverse-event-seriousness", "SeriousResultsInDisability"): "AESDISAB",
    (f"{_THO}/adverse-event-seriousness", "SeriousIsBirthDefect"): "AESCONG",
    (NCIT, "C48275"): "AESDTH",
    (NCIT, "C84266"): "AESLIFE",
    (NCIT, "C83052"): "AESHOSP",
    (NCIT, "C113380"): "AESDISAB",
    (NCIT, "C83117"): "AESCONG",
    (NCIT, "C82521"): "AESMIE",
    (_ICH, "34"): "AESDTH",
    (_ICH, "21"): "AESLIFE",
    (_ICH, "33"): "AESHOSP",
    (_ICH, "35"): "AESDISAB",
    (_ICH, "12"): "AESCONG",
    (_ICH, "26"): "AESMIE",
}
"""Which criterion of seriousness is met.

The backport writes C11338 for a disability, where C113380 is meant: that is not read.
"""

OUTCOMES: Final[Codes] = {
    (f"{_THO}/adverse-event-outcome", "resolved"): "RECOVERED/RESOLVED",
    (f"{_THO}/adverse-event-outcome", "recovering"): "RECOVERING/RESOLVING",
    (f"{_THO}/adverse-event-outcome", "ongoing"): "NOT RECOVERED/NOT RESOLVED",
    (f"{_THO}/adverse-event-outcome", "resolvedWithSequelae"): (
        "RECOVERED/RESOLVED WITH SEQUELAE"
    ),
    (f"{_THO}/adverse-event-outcome", "fatal"): "FATAL",
    (f"{_THO}/adverse-event-outcome", "unknown"): "UNKNOWN",
    (NCIT, "C49498"): "RECOVERED/RESOLVED",
    (NCIT, "C49496"): "RECOVERING/RESOLVING",
    (NCIT, "C49494"): "NOT RECOVERED/NOT RESOLVED",
    (NCIT, "C49495"): "RECOVERED/RESOLVED WITH SEQUELAE",
    (NCIT, "C48275"): "FATAL",
    (NCIT, "C17998"): "UNKNOWN",
}
"""The words of CDISC's codelist OUT (C66768)."""

SEVERITIES: Final[Codes] = {
    (f"{_THO}/adverse-event-severity", "mild"): "MILD",
    (f"{_THO}/adverse-event-severity", "moderate"): "MODERATE",
    (f"{_THO}/adverse-event-severity", "severe"): "SEVERE",
}
"""The words of CDISC's codelist AESEV; a severity is no grade."""

INTERPRETATIONS: Final[Codes] = {
    (f"{_THO}/v3-ObservationInterpretation", code): word
    for code, word in {
        "N": "NORMAL",
        "A": "ABNORMAL",
        "L": "LOW",
        "H": "HIGH",
        "LL": "LOW LOW",
        "HH": "HIGH HIGH",
    }.items()
}
"""The words of CDISC's codelist NRIND."""
