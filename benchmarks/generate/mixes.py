"""What the generated patients are like: terms, grades, tails, and how much is not known."""

from dataclasses import dataclass

SITE_ZONE = "+08:00"
DATA_CUT = "2026-05-30"
PROTOCOL = "NCT06886919"
AGENT = "IC19"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """One kind of workload."""

    name: str
    says: str
    worst_grade: tuple[float, float, float, float, float]
    """Share of events by worst grade, 1 to 5."""
    kept_open: float
    """Share of events that nobody has closed by the cut, before a death closes some."""


MILD = Mix(
    name="A",
    says="60 % grade 2 or less",
    worst_grade=(0.33, 0.27, 0.28, 0.105, 0.015),
    kept_open=0.25,
)
GRAVE = Mix(
    name="B",
    says="all grade 3 or more, 40 % open",
    worst_grade=(0.0, 0.0, 0.70, 0.27, 0.03),
    kept_open=0.40,
)
MIXES = (MILD, GRAVE)

#: Terms with their weights: at least one for each signature that IC19's rules tell apart.
TERMS: tuple[tuple[str, int], ...] = (
    ("Fatigue", 4),
    ("Nausea", 4),
    ("Diarrhea", 4),
    ("Headache", 4),
    ("Creatinine increased", 4),
    ("Hypokalemia", 4),
    ("Lung infection", 4),
    ("Anemia", 6),
    ("Chills", 4),
    ("Cytokine release syndrome", 7),
    ("Hemophagocytic lymphohistiocytosis", 2),
    ("IEC-HS", 2),
    ("Hypotension", 5),
    ("ICANS", 5),
    ("White blood cell decreased", 5),
    ("Lymphocyte count decreased", 5),
    ("Neutrophil count decreased", 6),
    ("Pancytopenia", 2),
    ("CD4 lymphocytes decreased", 2),
    ("Seizure", 3),
    ("Platelet count decreased", 5),
    ("Alanine aminotransferase increased", 4),
    ("Blood bilirubin increased", 3),
    ("Fever", 3),
    ("Hypoxia", 2),
    ("Sinus tachycardia", 2),
    ("Encephalopathy", 2),
    ("Tremor", 2),
)

#: Shares of what is recorded less than whole.
PARTLY_DATED = 0.10
UNKNOWN_FACT = 0.05
ASSESSORS_DIFFER = 0.01
UNKNOWN_GRADE = 0.015
UNKNOWN_BASELINE = 0.015
INFUSION_BY_DAY = 0.05
SECOND_INFUSION = 0.10
#: Of patients: none, died, withdrew, lost to follow-up.
STOPS = (0.91, 0.03, 0.03, 0.03)
#: Of open events: goes on, nothing said, last seen some time ago.
OPEN_TAILS = (0.6, 0.2, 0.2)
ASSESSED_AMONG_LABORATORY = 0.10
SECOND_RISE = 0.10
RECORDED_AFTER_CUT = 0.01
LINKED_SYMPTOM = 0.70
