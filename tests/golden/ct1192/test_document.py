"""CT1192: levels, design and stagger rule, recorded as the text has them."""

from app.domain.time import Limit
from tests.golden.trial import Trial

CT1192 = Trial(protocol_id="NCT07339332", agent="CT1192")


def test_three_tentative_levels_between_which_others_may_be_inserted() -> None:
    ladder = CT1192.document.ladder
    assert [level.cells for level in ladder.levels] == [300_000_000, 450_000_000, 600_000_000]
    assert ladder.may_insert_levels


def test_a_target_of_30_percent_without_a_cohort_size() -> None:
    design = CT1192.document.design
    assert (design.kind, design.target_percent, design.cohort_size) == ("target_rate", 30, None)


def test_the_first_of_a_dose_group_gates_the_infusion_of_the_others() -> None:
    (stagger,) = CT1192.document.stagger
    assert (stagger.kind, stagger.gated_act) == ("sentinel", "infuse")
    assert (stagger.anchor, stagger.at_least) == ("infusion_completion", Limit("P14D"))
    assert stagger.needs_clearance
    assert stagger.phases == ("escalation",)


def test_twelve_in_the_escalation_and_nine_for_each_dose_of_the_expansion() -> None:
    document = CT1192.document
    assert document.planned_subjects == 12
    escalation, expansion = document.phases
    assert (escalation.id, escalation.planned_subjects, escalation.cap_per_dose_level) == (
        "escalation",
        12,
        None,
    )
    assert (expansion.id, expansion.planned_subjects, expansion.cap_per_dose_level) == (
        "expansion",
        None,
        9,
    )


def test_the_slots_that_the_gate_assumes_are_a_reading() -> None:
    readings = {reading.id: reading.default for reading in CT1192.document.readings}
    assert readings["R-GATE-SLOTS"] == "slots-of-three"
    assert readings["R-GATE-DLT"] == "gap-stays-open"
