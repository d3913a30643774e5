"""Small files, written for these tests."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

DM: Final = """STUDYID,DOMAIN,USUBJID,SITEID,SEX,BRTHDTC
IC19-SLE,DM,S-01,01,F,1990-02-03
IC19-SLE,DM,S-02,01,M,1985-07
"""
EX: Final = """STUDYID,DOMAIN,USUBJID,EXSPID,EXTRT,EXSTDTC,EXENDTC
IC19-SLE,EX,S-01,1,IC19,2026-03-01T10:00,2026-03-01T10:40
IC19-SLE,EX,S-02,1,IC19,2026-03-15T09:30,2026-03-15T10:10
"""
AE_HEAD: Final = (
    "STUDYID,DOMAIN,USUBJID,AESEQ,AESPID,AETERM,AETOXGR,AEREL,AESTDTC,AEENDTC,AEENRTPT,AEENTPT\n"
)
AE_ROWS: Final = (
    "IC19-SLE,AE,S-01,1,A1,Cytokine release syndrome,2,POSSIBLE,2026-03-03,2026-03-05,,\n",
    "IC19-SLE,AE,S-01,2,A2,Fatigue,3,POSSIBLE,2026-03-04,2026-03-20,,\n",
    "IC19-SLE,AE,S-02,1,B1,Anemia,1,UNRELATED,2026-03-16,,ONGOING,2026-04-01\n",
    "IC19-SLE,AE,S-02,2,B2,Headache,2,PROBABLE,2026-03,,,\n",
)
AE: Final = AE_HEAD + "".join(AE_ROWS)
ALL: Final = (DM, EX, AE)
HOW: Final[Mapping[str, Any]] = {
    "grade_collection": "worst_only",
    "causality_agents": {"AEREL": "IC19"},
}
"""How these are read."""


def lines(records: Sequence[Mapping[str, Any]]) -> str:
    """Records as lines."""
    return "".join(json.dumps(each) + "\n" for each in records)


def record_lines(patients: int, events: int = 3) -> str:
    """So many patients with an infusion and events."""
    found: list[dict[str, Any]] = []
    for number in range(patients):
        subject = f"S-{number:04}"
        source = {"system": "edc", "record_id": f"{subject}.EX"}
        exposure = {"agent": "IC19", "start": "2026-03-01T10:00+08:00", "subject": subject}
        found.append({"kind": "subject", "id": subject, "dose_level": "1"})
        found.append({"kind": "exposure", "source": source, **exposure})
        for event in range(events):
            source = {"system": "edc", "record_id": f"{subject}.AE.{event}"}
            grades = [
                {"from": "2026-03-03", "grade": 1 + event},
                {"from": "2026-03-20", "grade": 0},
            ]
            found.append(
                {
                    "kind": "adverse_event",
                    "source": source,
                    "subject": subject,
                    "term": "Fatigue",
                    "grades": grades,
                    "baseline_grade": 0,
                    "causality": [{"agent": "IC19", "relatedness": "possible"}],
                }
            )
    return lines(found)
