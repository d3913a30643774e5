"""The names of vasopressors, of inotropes, and of what masks a fever.

A drug is known by its names in any case, whatever salt, dose or route is written beside it. What
is not known by its name is never guessed at: who asks has to reckon with either.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

VASOPRESSIN: Final = "vasopressin"
TERLIPRESSIN: Final = "terlipressin"

_VASOPRESSORS: Final[Mapping[str, tuple[str, ...]]] = {
    "norepinephrine": (
        "noradrenaline", "noradrenalin", "levarterenol", "arterenol", "levophed", "norepi",
        "norad", "noradrenalina",
    ),
    "epinephrine": ("adrenaline", "adrenalin", "suprarenin", "adrenalina", "epi"),
    "dopamine": ("dopamin", "intropin"),
    "phenylephrine": ("neo-synephrine", "neosynephrine", "biorphen", "vazculep"),
    VASOPRESSIN: (
        "argipressin", "arginine vasopressin", "arginine-vasopressin", "antidiuretic hormone",
        "avp", "adh", "vasostrict", "pitressin", "empressin", "pitressin tannate",
    ),
    TERLIPRESSIN: ("glypressin", "terlivaz", "haemopressin", "variquel"),
    "angiotensin II": ("angiotensin 2", "angiotensin-ii", "angiotensin-2", "giapreza"),
    "ephedrine": ("ephedrin", "akovaz", "corphedra", "emerphed"),
    "metaraminol": ("aramine",),
    "methoxamine": (),
    "etilefrine": ("etilefrin", "effortil"),
    "cafedrine and theodrenaline": ("cafedrine", "theodrenaline", "akrinor"),
}  # fmt: skip
_INOTROPES: Final[Mapping[str, tuple[str, ...]]] = {
    "dobutamine": ("dobutamin", "dobutrex"),
    "milrinone": ("milrinon", "primacor"),
    "enoximone": ("enoximon", "perfan"),
    "levosimendan": ("simdax",),
    "isoproterenol": ("isoprenaline", "isuprel"),
    "dopexamine": ("dopacard",),
}
_MASKING: Final[Mapping[str, tuple[str, ...]]] = {
    # Antipyretics.
    "acetaminophen": (
        "paracetamol", "apap", "tylenol", "panadol", "ofirmev", "perfalgan", "propacetamol",
    ),
    "ibuprofen": ("advil", "motrin", "nurofen"),
    "naproxen": ("aleve",),
    "metamizole": ("dipyrone", "metamizol", "novalgin", "analgin"),
    "acetylsalicylic acid": ("aspirin", "asa"),
    "ketorolac": ("toradol",),
    "diclofenac": ("voltaren",),
    "indomethacin": ("indometacin",),
    "celecoxib": ("celebrex",),
    "loxoprofen": ("loxonin",),
    "antipyretic": ("antipyretics", "nsaid", "nsaids"),
    # Steroids.
    "dexamethasone": ("dexamethason", "decadron", "fortecortin"),
    "methylprednisolone": ("methylprednisolon", "solu-medrol", "solumedrol", "medrol", "urbason"),
    "prednisolone": ("prednisolon",),
    "prednisone": ("prednison",),
    "hydrocortisone": ("cortisol", "solu-cortef", "hydrocortison"),
    "betamethasone": (),
    "corticosteroid": (
        "corticosteroids", "steroid", "steroids", "glucocorticoid", "glucocorticoids",
    ),
    # Against cytokines.
    "tocilizumab": ("actemra", "roactemra", "tcz", "tocilizumab-aazg", "tocilizumab-bavi"),
    "siltuximab": ("sylvant",),
    "sarilumab": ("kevzara",),
    "clazakizumab": (),
    "olokizumab": (),
    "anakinra": ("kineret",),
    "canakinumab": ("ilaris",),
    "emapalumab": ("gamifant",),
    "etanercept": ("enbrel",),
    "infliximab": ("remicade",),
    "adalimumab": ("humira",),
    "lenzilumab": (),
    "ruxolitinib": ("jakafi", "jakavi"),
    "itacitinib": (),
    "baricitinib": ("olumiant",),
    "tofacitinib": ("xeljanz",),
    "anticytokine therapy": ("anti-cytokine therapy", "anticytokine", "anti-il-6", "anti-il6"),
}  # fmt: skip

_DOSE: Final = re.compile(
    r"\d[\d.,]*\s*(?:mcg|ug|μg|mg|g|ng|iu|ie|u|units?|ml|%)\b"
    r"(?:\s*(?:/|per)\s*(?:kg|min|minute|h|hr|hour|m2|d|day|l|ml)\b)*"
)
_BETWEEN: Final = re.compile(r"[,;/+&]|\b(?:and|plus|with|und|et)\b")
_BESIDE: Final = frozenset(
    {
        "acetate", "bitartrate", "tartrate", "hydrochloride", "hcl", "phosphate", "sodium",
        "succinate", "maleate", "hydrate", "iv", "i.v.", "intravenous", "intravenously", "po",
        "oral", "infusion", "drip", "bolus", "push", "continuous", "prn", "low", "high", "dose",
        "low-dose", "high-dose",
    }
)  # fmt: skip


def _by_name(drugs: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return {name.casefold(): drug for drug, others in drugs.items() for name in (drug, *others)}


VASOPRESSORS: Final = _by_name(_VASOPRESSORS)
INOTROPES: Final = _by_name(_INOTROPES)
MASKING: Final = _by_name(_MASKING)
"""Drugs by all their names in lower case."""

_SUPPORT: Final[Mapping[str, str]] = {**VASOPRESSORS, **INOTROPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What was given for blood pressure: each drug once, in the order in which it was named."""

    vasopressors: tuple[str, ...]
    inotropes: tuple[str, ...]
    unknown: tuple[str, ...]
    twice: tuple[str, ...]
    """Drugs that were named more than once."""


def support_of(names: Iterable[str]) -> Support:
    """Which vasopressors and inotropes the names mean."""
    known: list[str] = []
    unknown: list[str] = []
    for name in names:
        for part in _parts(name):
            drug = _SUPPORT.get(part)
            (unknown if drug is None else known).append(part if drug is None else drug)
    inotropes = frozenset(INOTROPES.values())
    return Support(
        vasopressors=tuple(dict.fromkeys(each for each in known if each not in inotropes)),
        inotropes=tuple(dict.fromkeys(each for each in known if each in inotropes)),
        unknown=tuple(dict.fromkeys(unknown)),
        twice=tuple(each for each in dict.fromkeys(known) if known.count(each) > 1),
    )


def masks_fever(name: str) -> bool | None:
    """Whether a drug, or one of several in a text, masks a fever; None where none is known."""
    return True if any(part in MASKING for part in _parts(name)) else None


def likeliest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is spelt most like this one."""
    return next(iter(get_close_matches(name.casefold(), list(known), 1, 0.75)), None)


def _parts(text: str) -> Iterator[str]:
    """The drugs that a text names, in lower case, without salts, doses and routes."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"\([^)]*\)", " ", plain)
    if " ".join(plain.split()) in _SUPPORT:
        yield " ".join(plain.split())
        return
    for part in _BETWEEN.split(_DOSE.sub(" ", plain)):
        name = " ".join(word for word in part.split() if word not in _BESIDE)
        if name:
            yield name
