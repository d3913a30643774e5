"""A grade is what all completions have, and `missing` what could change it: by brute force."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.astct.answer import GradeAnswer
from tests.domain.astct import oracle
from tests.domain.astct.requests import asks, bounds, crs_of, icans
from tests.sparing import SPARING

FLAGS = st.booleans()
FLAGS_OR_NULL = st.sampled_from([None, True, False])


MOST_UNKNOWN = 4


def some(*values: Any) -> st.SearchStrategy[Any]:
    """One of the values."""
    return st.sampled_from(values)


def partly_known(
    complete: st.SearchStrategy[dict[str, Any]], fields: list[str]
) -> st.SearchStrategy[dict[str, Any]]:
    """A request in which some fields are null: few, so that completions are not too many."""
    unknown = st.sets(st.sampled_from(fields), max_size=MOST_UNKNOWN)
    return st.builds(lambda request, nulls: {**request, **dict.fromkeys(nulls)}, complete, unknown)


def chosen(**options: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    """An option of each reading."""
    return st.fixed_dictionaries(
        {name.replace("_", "-"): st.sampled_from(each) for name, each in options.items()}
    )


def deaths(syndrome: str) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(),
        st.fixed_dictionaries(
            {
                "occurred": FLAGS_OR_NULL,
                "principal_cause": st.sampled_from([None, syndrome, "sepsis"]),
            }
        ),
    )


CRS = partly_known(
    st.fixed_dictionaries(
        {
            "temperature": some(37, 38, 37.9, 40),
            "temperature_unit": st.just("C"),
            "fever_attributable_to_other_cause": FLAGS,
            "masking_therapy": st.sampled_from([None, "dexamethasone"]),
            "fever_earlier_in_episode": FLAGS,
            "hypotension": FLAGS,
            "vasopressors": some(
                [], ["vasopressin"], ["dopamine", "vasopressin"], [*oracle.OTHERS]
            ),
            "hypotension_attributable_to_other_cause": FLAGS,
            "hypoxia": FLAGS,
            "oxygen_device": some(*oracle.CRS_FILLS["oxygen_device"]),
            "oxygen_flow_l_min": some(6, 6.1),
            "hypoxia_attributable_to_other_cause": FLAGS,
            "death": deaths("CRS"),
        }
    ),
    [each for each in oracle.CRS_FILLS if not each.startswith("death")],
)
CRS_OPTIONS = chosen(
    masking_before_onset=("fever-required", "fever-waived"),
    vasopressor_without_hypotension=("counted", "not-counted"),
    hypoxia_without_oxygen=("lowest", "not-graded"),
    high_flow_device_at_low_flow=("device", "flow"),
)
ICANS = partly_known(
    st.fixed_dictionaries(
        {
            "age_years": some(11.9, 12),
            "baseline_developmental_delay": FLAGS,
            "ice_score": some(*range(11)),
            "capd_score": some(0, 1, 8, 9),
            "capd_performable": FLAGS,
            "arousal": some(*oracle.ICANS_FILLS["arousal"]),
            "arousal_attributable_to_other_cause": some(True, False),
            "seizure": some(*oracle.ICANS_FILLS["seizure"]),
            "seizure_duration_min": some(5, 5.1),
            "motor_weakness": some("none", "none", "paraparesis"),
            "cerebral_edema": some("none", "none", "focal", "diffuse"),
            "raised_icp_signs": some([], [], ["cushing_triad"]),
            "intracranial_hemorrhage": FLAGS,
            "all_findings_attributable_to_other_cause": some(False, False, True),
            "death": deaths("ICANS"),
        }
    ),
    [each for each in oracle.ICANS_FILLS if not each.startswith("death")],
)
ICANS_OPTIONS = chosen(
    delay_not_stated=("none", "unknown"),
    capd_score_and_unable=("score", "unable"),
    resolved_rapidly_but_long=("kind", "duration"),
    nonconvulsive_but_long=("kind", "duration"),
)


def agrees(answer: GradeAnswer, expected: tuple[int, int, set[str]]) -> None:
    lowest, highest, matters = expected
    assert (bounds(answer), set(asks(answer))) == ((lowest, highest), matters)
    assert len(asks(answer)) == len(matters)
    assert answer.grade == (lowest if lowest == highest else None)
    assert answer.status == ("graded" if lowest == highest else "undetermined")
    assert (not matters) == (lowest == highest)


@given(CRS, CRS_OPTIONS)
def test_crs_is_what_all_completions_have(request: Any, options: dict[str, str]) -> None:
    answer = crs_of({**request, "readings": options})
    agrees(answer, oracle.judged(request, oracle.CRS_FILLS, oracle.crs, options))


@given(ICANS, ICANS_OPTIONS)
def test_icans_is_what_all_completions_have(request: Any, options: dict[str, str]) -> None:
    ice, delay = request["ice_score"], request["baseline_developmental_delay"]
    if ice is None and delay is not False:  # which score counts is then open as well
        request = {**request, "baseline_developmental_delay": False}
    answer = icans(request, readings=options)
    agrees(answer, oracle.judged(request, oracle.ICANS_FILLS, oracle.icans, options))


@SPARING
@given(CRS)
def test_a_reading_left_open_spans_its_options(request: Any) -> None:
    spans = {"masking-before-onset": ["fever-required", "fever-waived"],
             "vasopressor-without-hypotension": ["counted", "not-counted"]}  # fmt: skip
    for reading, options in spans.items():
        found = [bounds(crs_of({**request, "readings": {reading: each}})) for each in options]
        left_open = bounds(crs_of({**request, "readings": {reading: "undetermined"}}))
        assert left_open == (min(low for low, _ in found), max(high for _, high in found))


@SPARING
@given(CRS)
def test_readings_are_named_where_another_option_changes_the_answer(request: Any) -> None:
    answer = crs_of(request)
    named = {each.id: each.option for each in answer.readings}
    for reading, options in {
        "masking-before-onset": ("undetermined", "fever-required", "fever-waived"),
        "vasopressin-alone": ("vasopressor", "not-a-vasopressor"),
        "hypoxia-without-oxygen": ("undetermined", "lowest", "not-graded"),
    }.items():
        others = [crs_of({**request, "readings": {reading: each}}) for each in options]
        differs = any(bounds(each) != bounds(answer) for each in others)
        assert named.get(reading) == (options[0] if differs else None)
