"""Drugs by their names, and causes of death by what is written of them."""

from typing import Any

import pytest

from app.domain.astct.drugs import MASKING, VASOPRESSORS, likeliest, masks_fever, support_of
from tests.domain.astct.requests import asks, bounds, codes, crs, icans, rules


@pytest.mark.parametrize(
    ("written", "drugs"),
    [
        ("Norepinephrine", ["norepinephrine"]),
        ("norepinephrine bitartrate 0.15 mcg/kg/min IV", ["norepinephrine"]),
        ("Noradrenalin (Arterenol) 5 µg/min", ["norepinephrine"]),
        ("low-dose dopamine", ["dopamine"]),
        ("Levophed/vasopressin", ["norepinephrine", "vasopressin"]),
        ("adrenaline and phenylephrine", ["epinephrine", "phenylephrine"]),
        ("antidiuretic hormone", ["vasopressin"]),
        ("vasopressin 0.03 units/min", ["vasopressin"]),
        ("Angiotensin II acetate", ["angiotensin II"]),
        ("cafedrine and theodrenaline", ["cafedrine and theodrenaline"]),
        ("nor-epinephrine", ["norepinephrine"]),
        ("Nor-Adrenaline 5 ug/min", ["norepinephrine"]),
        ("norepinephrine (0.1 mcg/kg/min)", ["norepinephrine"]),
        ("norepinephrine (IV infusion)", ["norepinephrine"]),
        ("norepinephrine (bitartrate)", ["norepinephrine"]),
        ("levophed (a vasopressor, norepinephrine)", None),
        ("levophed (vasopressor; norepinephrine, x2)", ["norepinephrine"]),
        ("dopamine () stat", None),
    ],
)
def test_a_drug_is_known_by_its_names(written: str, drugs: list[str] | None) -> None:
    support = support_of([written])
    if drugs is None:
        assert len(support.unknown) == 1
    else:
        assert ([*support.vasopressors], support.unknown) == (drugs, ())


@pytest.mark.parametrize(
    "written",
    [
        "norepinephrine (not given)",
        "norepinephrine (stopped)",
        "norepinephrine (vasopressin)",
        "norepinephrine (weaned 08:00)",
        "no norepinephrine",
        "none",
        "norepinephrine denied",
        "norepinephrine, discontinued",
        "norepinephrine; stopped",
        "norepinephrine and vasopressin not given",
        "norepinephrine without vasopressin",
        "never norepinephrine",
    ],
)
def test_what_may_say_that_it_was_not_given_is_not_known(written: str) -> None:
    support = support_of([written])
    assert (support.vasopressors, support.unknown) == ((), (written,))
    answer = crs(hypotension=True, vasopressors=[written])
    assert (bounds(answer), codes(answer)) == ((2, 3), ["unknown_vasopressor"])
    assert asks(answer) == ["vasopressors"]


def test_nothing_is_guessed() -> None:
    support = support_of(["norepinefrine", "IV", "saline", "dobutamine", "Dobutamin"])
    assert support.unknown == ("norepinefrine", "saline")
    assert (support.inotropes, support.twice) == (("dobutamine",), ("dobutamine",))
    assert support.vasopressors == ()
    assert likeliest("norepinefrine", VASOPRESSORS) == "norepinephrine"
    assert likeliest("saline", VASOPRESSORS) is None


@pytest.mark.parametrize(
    ("written", "masks"),
    [
        ("acetaminophen", True),
        ("Paracetamol 1 g IV", True),
        ("Tocilizumab 8 mg/kg", True),
        ("rituximab + dexamethasone", True),
        ("methylprednisolone sodium succinate", True),
        ("rituximab", None),
        ("none", None),
        ("tocilizumab (Actemra)", True),
        ("dexamethasone (steroid)", True),
        ("tocilizumab (8 mg/kg IV, q8h)", True),
        ("tocilizumab (rituximab)", None),
        ("tocilizumab (not given)", None),
        ("no tocilizumab", None),
        ("tocilizumab, not given", None),
        ("tocilizumab and steroids withheld", None),
        ("rituximab (paracetamol)", None),
    ],
)
def test_what_masks_a_fever(written: str, masks: bool | None) -> None:
    assert masks_fever(written) is masks


@pytest.mark.parametrize(
    ("given", "reading", "between"),
    [
        (["midodrine"], None, (2, 3)),
        (["midodrine"], "counted", (3, 3)),
        (["midodrine"], "not-counted", (2, 2)),
        (["Midodrine 10 mg PO", "norepinephrine"], None, (3, 4)),
        (["midodrine", "norepinephrine"], "counted", (4, 4)),
        (["midodrine", "norepinephrine"], "not-counted", (3, 3)),
    ],
)
def test_a_vasopressor_by_mouth_is_a_reading(
    given: list[str], reading: str | None, between: tuple[int, int]
) -> None:
    chosen = {} if reading is None else {"oral-vasopressors": reading}
    answer = crs(hypotension=True, vasopressors=given, readings=chosen)
    assert (bounds(answer), codes(answer)) == (between, ["oral_vasopressor"])
    assert [each.id for each in answer.readings] == ["oral-vasopressors"]
    if reading == "counted":
        assert any("midodrine)" in each.text for each in answer.because)
    no_low = crs(hypotension=False, vasopressors=["midodrine"])
    assert codes(no_low) == ["oral_vasopressor", "vasopressor_without_hypotension"]


def test_unknown_names_are_told_with_the_likeliest() -> None:
    answer = crs(masking_therapy="tocilizumap", hypotension=True, vasopressors=["norepinefrine"])
    said = {each.code: each.text for each in answer.findings}
    assert "did you mean tocilizumab?" in said["unknown_masking_therapy"]
    assert "did you mean norepinephrine?" in said["unknown_vasopressor"]
    other = crs(masking_therapy="saline", hypotension=True, vasopressors=["saline"])
    assert not any("did you mean" in each.text for each in other.findings)
    assert "paracetamol" in MASKING


@pytest.mark.parametrize(
    ("cause", "between", "said"),
    [
        ("CRS", (5, 5), []),
        ("Cytokine Release Syndrome.", (5, 5), []),
        ("cytokine  storm", (5, 5), []),
        ("sepsis", (1, 1), []),
        ("progression of lymphoma", (1, 1), []),
        ("CRS (cytokine release syndrome)", (5, 5), []),
        ("Cytokine release syndrome (CRS).", (5, 5), []),
        ("CRS (sepsis)", (1, 5), ["cause_of_death_unclear"]),
        ("sepsis (CRS)", (1, 5), ["cause_of_death_unclear"]),
        ("CRS (ruled out)", (1, 5), ["cause_of_death_unclear"]),
        ("CRS with sepsis", (1, 5), ["cause_of_death_unclear"]),
        ("not CRS but sepsis", (1, 5), ["cause_of_death_unclear"]),
        ("Multiorgan failure", (1, 5), ["cause_of_death_unclear"]),
        ("unknown", (1, 5), []),
        ("", (1, 5), []),
        (None, (1, 5), []),
    ],
)
def test_a_death_of_crs(cause: Any, between: tuple[int, int], said: list[str]) -> None:
    answer = crs(death={"occurred": True, "principal_cause": cause})
    assert (bounds(answer), codes(answer)) == (between, said)
    assert asks(answer) == (["death.principal_cause"] if between == (1, 5) else [])
    assert rules(answer)[0] == "CRS-R9"


@pytest.mark.parametrize(
    ("cause", "between"),
    [
        ("ICANS", (5, 5)),
        ("ICANS (immune effector cell-associated neurotoxicity syndrome)", (5, 5)),
        ("immune effector cell-associated neurotoxicity syndrome", (5, 5)),
        ("cerebral edema", (0, 5)),
        ("cerebral oedema", (0, 5)),
        ("CRS", (0, 0)),
    ],
)
def test_a_death_of_icans(cause: str, between: tuple[int, int]) -> None:
    assert bounds(icans(death={"occurred": True, "principal_cause": cause})) == between


@pytest.mark.parametrize(
    ("death", "between", "asked"),
    [
        (None, (1, 1), []),
        ({"occurred": False}, (1, 1), []),
        ({}, (1, 5), ["death.occurred", "death.principal_cause"]),
        ({"occurred": None, "principal_cause": "CRS"}, (1, 5), ["death.occurred"]),
        ({"occurred": None, "principal_cause": "sepsis"}, (1, 1), []),
        ({"occurred": False, "principal_cause": "CRS"}, (1, 1), []),
    ],
)
def test_a_death_that_nobody_recorded(
    death: Any, between: tuple[int, int], asked: list[str]
) -> None:
    answer = crs(death=death)
    assert (bounds(answer), asks(answer)) == (between, asked)


def test_a_cause_without_a_death_is_odd() -> None:
    answer = crs(death={"occurred": False, "principal_cause": "sepsis"})
    assert codes(answer) == ["cause_without_death"]
