"""What other scales ask for and ASTCT 2019 does not: said to those who send it.

Lee 2014 and Penn (Porter 2018) grade CRS too; their fields look alike and mean other grades.
"""

from collections.abc import Mapping
from typing import Final

_DOSE = (
    "the dose of a vasopressor is a rule of Lee 2014: by ASTCT 2019 one vasopressor is grade 3 at "
    "any dose; list the drugs in vasopressors"
)
_FIO2 = (
    "the fraction of oxygen is a rule of Lee 2014 and CTCAE: ASTCT 2019 grades hypoxia by device "
    "and flow; write oxygen_device and oxygen_flow_l_min"
)
_PRESSURE = (
    "a blood pressure is no criterion of ASTCT 2019, which grades hypotension by its treatment; "
    "write hypotension and vasopressors"
)
_FLUIDS = (
    "fluids do not change the grade by ASTCT 2019: hypotension that requires no vasopressor is "
    "grade 2 (grade 3 for fluids is a rule of Penn)"
)
_ORGAN = (
    "organ toxicity raises the grade by Lee 2014 and Penn, never by ASTCT 2019; it may be "
    "mentioned as organ_toxicity, CTCAE grades by term"
)
_HOSPITAL = "a stay in hospital is a rule of Penn and no criterion of ASTCT 2019; leave it out"
_SATURATION = (
    "a saturation is no criterion of ASTCT 2019, which grades hypoxia by the oxygen that it "
    "requires; write hypoxia and oxygen_device"
)
_CTCAE = "CTCAE grades CRS by other rules; a grade cannot be part of what it is made of"

CRS_LOOK_ALIKES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("vasopressor_dose", "vasopressor_doses", "high_dose_vasopressor",
         "high_dose_vasopressors", "low_dose_vasopressor", "vasopressor_high_dose",
         "norepinephrine_equivalent", "norepinephrine_equivalents"),
        _DOSE,
    ),
    **dict.fromkeys(("fio2", "fi_o2", "FiO2", "fio2_percent", "oxygen_percent"), _FIO2),
    **dict.fromkeys(
        ("sbp", "systolic", "systolic_bp", "systolic_blood_pressure", "blood_pressure", "map",
         "mean_arterial_pressure", "sbp_below_90"),
        _PRESSURE,
    ),
    **dict.fromkeys(("fluids", "iv_fluids", "fluid_bolus", "fluid_responsive"), _FLUIDS),
    **dict.fromkeys(
        ("organ_toxicity_grade", "organ_toxicities", "transaminitis", "transaminitis_grade",
         "coagulopathy", "organ_dysfunction", "ffp_or_cryoprecipitate"),
        _ORGAN,
    ),
    **dict.fromkeys(("hospitalization", "hospitalisation", "hospitalized"), _HOSPITAL),
    **dict.fromkeys(("spo2", "oxygen_saturation", "sao2", "pao2"), _SATURATION),
    **dict.fromkeys(("ctcae_grade", "crs_grade", "grade"), _CTCAE),
}  # fmt: skip

ICANS_LOOK_ALIKES: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("cartox_10", "cartox_score", "cartox"),
        "CARTOX-10 is scored otherwise than ICE, which asks for a command in the place of a name; "
        "write ice_score",
    ),
    **dict.fromkeys(
        ("mmse", "mmse_score", "moca"),
        "ASTCT 2019 scores cognition by ICE or CAPD; write ice_score",
    ),
    **dict.fromkeys(
        ("csf_opening_pressure", "opening_pressure", "papilledema_stage", "papilloedema_stage"),
        "an opening pressure or a stage of papilloedema is a rule of CARTOX, not of ASTCT 2019; "
        "write raised_icp_signs",
    ),
    **dict.fromkeys(
        ("encephalopathy_grade", "ctcae_grade", "neurotoxicity_grade", "icans_grade", "grade"),
        "CTCAE grades neurotoxicity by other rules; a grade cannot be part of what it is made of",
    ),
}
"""By field: why it is not used, and what to write instead."""
