"""How the files of one source system are read in one study: settings, kept in versions.

Words differ by study and by system, so nothing is mapped that the settings, or a standard, do not
map: a word without a meaning is a finding, and what depends on it stays undetermined. Words are
compared without regard to case and surrounding blanks.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from app.domain.case import STRICT, Name, Relatedness, Text, ZoneName
from app.domain.grade import Grade

Variable = Annotated[
    str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Z][A-Z0-9_]*$")
]
"""The name of an SDTM variable, such as AETERM."""

DomainName = Annotated[
    str, StringConstraints(min_length=2, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$")
]
"""The name of an SDTM domain, such as AE."""

OutcomeMeaning = Literal[
    "recovered", "recovered_with_sequelae", "recovering", "not_recovered", "fatal", "unknown"
]
"""The outcomes of CDISC's codelist OUT, as words."""

DispositionMeaning = Literal["withdrawal", "death", "completed", "other"]
"""What a disposition says of the observation of a patient: that it ended early, in death, as
planned, or nothing of it, such as that the treatment was stopped.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSystem:
    """One system of record of a study, and how what it sends is to be understood.

    `grade_collection`: `worst_only` (a row is a whole event and its worst grade),
    `row_per_grade` (a row is a time at one grade), `findings_about` (grades come as FA findings).
    `episode_end`: whether an end date ends the event or the grade. Where either is not told, it is
    not guessed: a row is then taken as the whole event with its worst grade.
    """

    __pydantic_config__ = STRICT

    name: Text | None = None
    time_zone: ZoneName | None = None
    """In which its times without an offset were written; else the site's."""
    grade_collection: Literal["worst_only", "row_per_grade", "findings_about"] | None = None
    episode_end: Literal["event", "grade"] | None = None
    date_order: Literal["day_first", "month_first"] | None = None
    """How 03-04-2026 is read; without it, such a date is unknown."""
    causality: dict[Name, Relatedness] = field(default_factory=dict)
    """Words for the relation to an agent, and what each means on our scale."""
    causality_agents: dict[Variable, Name] = field(default_factory=dict)
    """Which variable judges which agent: {"AEREL": "IC19", "AEREL1": "fludarabine"}."""
    outcomes: dict[Name, OutcomeMeaning] = field(default_factory=dict)
    dispositions: dict[Name, DispositionMeaning] = field(default_factory=dict)
    """Words for how participation ended (DSDECOD); those of CDISC that say it need none."""
    severity_grades: dict[Name, Grade] = field(default_factory=dict)
    """Words for the severity that are grades in this study; none is unless it stands here."""
    terms: dict[Name, Name] = field(default_factory=dict)
    """Preferred or reported terms, and the dictionary's term that each means."""
    units: dict[Name, Name] = field(default_factory=dict)
    analytes: dict[Name, Name] = field(default_factory=dict)
    """Test codes, and the analyte that each measures (docs/units.md); CDISC's own need none."""
    agents: dict[Name, Name] = field(default_factory=dict)
    """Names of treatments, and the agent of the protocol that each is."""
    dose_levels: dict[Name, Name] = field(default_factory=dict)
    """Arms or cohorts (ARMCD), and the dose level of the protocol that each is."""
    interventions: dict[Name, Name] = field(default_factory=dict)
    """Names of treatments of an event, and the intervention of the protocol that each is."""
    identity: dict[DomainName, tuple[Variable, ...]] = field(default_factory=dict)
    """The variables that tell the rows of a patient apart, by domain."""
    subjects: dict[Name, Name] = field(default_factory=dict)
    """Their names of patients, and ours, where they differ."""
    keys: dict[Name, Name] = field(default_factory=dict)
    """Their ids of events, and the record (system:record_id) that another system leads."""
    forms: dict[Name, DomainName] = field(default_factory=dict)
    """Forms or item groups (their OID), and the domain that each is."""
    items: dict[Name, Variable] = field(default_factory=dict)
    """Items or columns (their OID or heading), and the variable that each is."""
    facts: dict[Variable, Name] = field(default_factory=dict)
    """Variables that tell what a protocol asks for by name, and that name."""
    laboratory: Name | None = None
    """The laboratory whose limits hold where a result states none."""
    absent_void_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.05")
    """The largest share of the rows that came before, of the domains of a snapshot, that it may
    void because it lacks them, from 0 to 1. Where it lacks more, none becomes void.
    """
