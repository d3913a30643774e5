"""What laboratories usually report: unit, limits of normal, how far values go, decimals."""

from typing import Final, NamedTuple


class Usual(NamedTuple):
    """One way in which an analyte is reported; all numbers are in the unit."""

    unit: str
    lowest: float
    lln: float
    uln: float
    highest: float
    decimals: int


#: The unit that is met most comes first. An upper limit of 0 stands for none.
USUAL: Final[dict[str, tuple[Usual, ...]]] = {
    "hemoglobin": (
        Usual("g/dL", 4.0, 12.0, 16.0, 22.0, 1),
        Usual("g/L", 40, 120, 160, 220, 0),
        Usual("mmol/L", 2.5, 7.4, 9.9, 13.6, 1),
    ),
    "white_blood_cells": (
        Usual("10^9/L", 0.2, 4.0, 10.0, 150, 2),
        Usual("/mm3", 200, 4_000, 10_000, 150_000, 0),
    ),
    "neutrophils": (
        Usual("10^9/L", 0, 1.8, 7.5, 30, 2),
        Usual("/mm3", 0, 1_800, 7_500, 30_000, 0),
    ),
    "lymphocytes": (
        Usual("10^9/L", 0.05, 1.0, 4.0, 40, 2),
        Usual("/mm3", 50, 1_000, 4_000, 40_000, 0),
    ),
    "cd4_lymphocytes": (
        Usual("/mm3", 10, 550, 1_500, 2_500, 0),
        Usual("10^9/L", 0.01, 0.55, 1.5, 2.5, 2),
    ),
    "platelets": (
        Usual("10^9/L", 2, 150, 400, 1_200, 0),
        Usual("/mm3", 2_000, 150_000, 400_000, 1_200_000, 0),
    ),
    "eosinophils": (Usual("10^9/L", 0, 0.02, 0.5, 5, 2),),
    "methemoglobin": (Usual("%", 0, 0, 1.5, 40, 1),),
    "aptt": (Usual("s", 15, 25, 37, 150, 1),),
    "inr": (Usual("", 0.7, 0.8, 1.1, 6, 2),),
    "fibrinogen": (
        Usual("g/L", 0.2, 2.0, 4.0, 8.0, 2),
        Usual("mg/dL", 20, 200, 400, 800, 0),
    ),
    "haptoglobin": (Usual("g/L", 0.05, 0.3, 2.0, 4.0, 2),),
    "alt": (Usual("U/L", 3, 7, 45, 1_500, 0), Usual("ukat/L", 0.05, 0.12, 0.75, 25, 2)),
    "ast": (Usual("U/L", 3, 8, 40, 1_500, 0), Usual("ukat/L", 0.05, 0.13, 0.67, 25, 2)),
    "alp": (Usual("U/L", 20, 40, 130, 3_000, 0), Usual("ukat/L", 0.3, 0.67, 2.17, 50, 2)),
    "ggt": (Usual("U/L", 3, 8, 60, 2_000, 0), Usual("ukat/L", 0.05, 0.13, 1.0, 33, 2)),
    "ldh": (Usual("U/L", 60, 120, 250, 3_000, 0),),
    "creatine_kinase": (Usual("U/L", 10, 30, 200, 5_000, 0),),
    "lipase": (Usual("U/L", 5, 10, 60, 1_200, 0),),
    "amylase": (Usual("U/L", 10, 28, 100, 1_500, 0),),
    "pancreatic_enzymes": (Usual("ug/g", 5, 200, 800, 1_500, 0),),
    "bilirubin": (
        Usual("umol/L", 1, 3, 21, 400, 1),
        Usual("mg/dL", 0.1, 0.2, 1.2, 23, 1),
    ),
    "creatinine": (
        Usual("umol/L", 20, 50, 105, 1_200, 0),
        Usual("mg/dL", 0.3, 0.6, 1.2, 13, 2),
    ),
    "egfr": (Usual("mL/min/1.73m2", 3, 90, 120, 150, 0),),
    "creatinine_clearance": (Usual("mL/min/1.73m2", 3, 90, 130, 160, 0),),
    "cholesterol": (
        Usual("mmol/L", 1.5, 3.0, 5.2, 15, 2),
        Usual("mg/dL", 60, 116, 200, 580, 0),
    ),
    "triglycerides": (
        Usual("mmol/L", 0.3, 0.5, 1.7, 15, 2),
        Usual("mg/dL", 30, 45, 150, 1_300, 0),
    ),
    "glucose": (
        Usual("mmol/L", 1.0, 3.9, 5.6, 30, 1),
        Usual("mg/dL", 20, 70, 100, 550, 0),
    ),
    "urate": (
        Usual("umol/L", 100, 200, 420, 1_200, 0),
        Usual("mg/dL", 1.5, 3.4, 7.0, 20, 1),
    ),
    "albumin": (Usual("g/L", 10, 35, 50, 60, 0), Usual("g/dL", 1.0, 3.5, 5.0, 6.0, 1)),
    "corrected_calcium": (
        Usual("mmol/L", 1.2, 2.15, 2.55, 4.0, 2),
        Usual("mg/dL", 5.0, 8.6, 10.2, 16.0, 1),
    ),
    "ionized_calcium": (Usual("mmol/L", 0.6, 1.12, 1.32, 2.2, 2),),
    "magnesium": (
        Usual("mmol/L", 0.2, 0.7, 1.05, 4.0, 2),
        Usual("mg/dL", 0.5, 1.7, 2.6, 10.0, 1),
    ),
    "phosphate": (
        Usual("mmol/L", 0.3, 0.8, 1.5, 4.0, 2),
        Usual("mg/dL", 1.0, 2.5, 4.5, 12.0, 1),
    ),
    "potassium": (
        Usual("mmol/L", 2.0, 3.5, 5.1, 8.5, 1),
        Usual("mEq/L", 2.0, 3.5, 5.1, 8.5, 1),
    ),
    "sodium": (Usual("mmol/L", 110, 135, 145, 170, 0), Usual("mEq/L", 110, 135, 145, 170, 0)),
    "bicarbonate": (Usual("mmol/L", 8, 22, 29, 40, 0), Usual("mEq/L", 8, 22, 29, 40, 0)),
    "blood_ph": (Usual("", 6.9, 7.35, 7.45, 7.7, 2),),
    "troponin_i": (Usual("ng/L", 0, 0, 34, 5_000, 0), Usual("ug/L", 0, 0, 0.034, 5, 3)),
    "troponin_t": (Usual("ng/L", 0, 0, 14, 3_000, 0),),
    "tsh": (Usual("mIU/L", 0.01, 0.4, 4.5, 80, 2),),
    "temperature": (
        Usual("°C", 26.0, 36.0, 37.5, 42.0, 1),
        Usual("°F", 79.0, 96.8, 99.5, 107.6, 1),
    ),
    "spo2": (Usual("%", 70, 95, 100, 100, 0),),
    "pao2": (Usual("mmHg", 40, 80, 100, 110, 0), Usual("kPa", 5.0, 10.7, 13.3, 15.0, 1)),
    "systolic_bp": (Usual("mmHg", 80, 90, 120, 220, 0),),
    "diastolic_bp": (Usual("mmHg", 45, 60, 80, 130, 0),),
    "qtc": (Usual("ms", 350, 360, 450, 600, 0),),
    "ejection_fraction": (Usual("%", 10, 52, 72, 80, 0),),
    "fev1_percent_predicted": (Usual("%", 20, 80, 120, 130, 0),),
    "vital_capacity_percent_predicted": (Usual("%", 20, 80, 120, 130, 0),),
    "dlco": (Usual("mL/min/mmHg", 5.0, 20.0, 30.0, 40.0, 1),),
    "weight": (Usual("kg", 40.0, 50.0, 90.0, 140.0, 1), Usual("lb", 88, 110, 198, 308, 0)),
    "bmi": (Usual("kg/m2", 15.0, 18.5, 25.0, 50.0, 1),),
    "urine_protein_24h": (
        Usual("g/24h", 0, 0, 0.15, 8.0, 2),
        Usual("mg/24h", 0, 0, 150, 8_000, 0),
    ),
    "urine_protein_dipstick": (Usual("+", 0, 0, 0, 4, 0),),
    "urine_protein_creatinine_ratio": (
        Usual("mg/mg", 0, 0, 0.2, 5.0, 2),
        Usual("mg/mmol", 0, 0, 20, 500, 0),
    ),
    "sperm_concentration": (Usual("10^6/mL", 0, 15, 200, 300, 0),),
}
