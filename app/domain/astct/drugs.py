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
        "norad", "noradrenalina", "nor-epinephrine", "nor-adrenaline", "nor epinephrine",
        "nor adrenaline",
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
_ORAL: Final[Mapping[str, tuple[str, ...]]] = {
    "midodrine": ("midodrin", "proamatine", "orvaten", "gutron"),
    "droxidopa": ("northera",),
}
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
_ASIDE: Final = re.compile(r"\(([^()]*)\)")
_ALSO_ASIDE: Final = frozenset(
    {
        "vasopressor", "pressor", "inotrope", "once", "daily", "stat", "bid", "tid", "qid", "od",
        "bd", "single", "doses", "max", "maximum",
    }
)  # fmt: skip
_HOW_OFTEN: Final = re.compile(r"\b(?:x\s*\d+|\d+\s*x|q\s*\d+\s*h)\b")
_DENIED: Final = re.compile(
    r"\b(?:no|not|non|none|nil|never|without|denie[sd]|declined|refused|discontinued|stopped|ceased|"
    r"ended|withheld|held|omitted|cancell?ed|paused|off|planned|considered|kein|keine|nicht|"
    r"abgesetzt)\b"
)
"""Words that may say that something was not given, or no longer."""


def _by_name(drugs: Mapping[str, tuple[str, ...]]) -> Mapping[str, str]:
    return {name.casefold(): drug for drug, others in drugs.items() for name in (drug, *others)}


VASOPRESSORS: Final = _by_name(_VASOPRESSORS)
INOTROPES: Final = _by_name(_INOTROPES)
ORAL: Final = _by_name(_ORAL)
MASKING: Final = _by_name(_MASKING)
"""Drugs by all their names in lower case."""

_SUPPORT: Final[Mapping[str, str]] = {**VASOPRESSORS, **INOTROPES, **ORAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What was given for blood pressure: each drug once, in the order in which it was named."""

    vasopressors: tuple[str, ...]
    inotropes: tuple[str, ...]
    oral: tuple[str, ...]
    """Vasopressors that are taken by mouth."""
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
    others = {*INOTROPES.values(), *ORAL.values()}
    return Support(
        vasopressors=tuple(dict.fromkeys(each for each in known if each not in others)),
        inotropes=tuple(dict.fromkeys(each for each in known if each in INOTROPES)),
        oral=tuple(dict.fromkeys(each for each in known if each in ORAL)),
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
    """The drugs that a text names, in lower case, without salts, doses and routes.

    A text that may say that something was not given, or has something in parentheses that is
    more than another name or how it was given, is no known name.
    """
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    plain = " ".join(_ASIDE.sub(" ", folded).split())
    asides = _ASIDE.findall(folded)
    if _DENIED.search(folded) or not all(_says_nothing_new(each, plain) for each in asides):
        yield folded
        return
    yield from _named(plain)


def _named(plain: str) -> Iterator[str]:
    if plain in _SUPPORT:
        yield plain
        return
    for part in _BETWEEN.split(_DOSE.sub(" ", plain)):
        name = " ".join(word for word in part.split() if word not in _BESIDE)
        if name:
            yield name


def _says_nothing_new(aside: str, plain: str) -> bool:
    """Whether what stands in parentheses is a dose, a route, a salt, or another name of a drug."""
    drugs = {_SUPPORT.get(name) for name in _named(plain)} - {None}
    masked = any(name in MASKING for name in _named(plain))
    return all(
        _SUPPORT.get(name) in drugs or (masked and name in MASKING)
        for part in _named(_HOW_OFTEN.sub(" ", aside))
        if (name := " ".join(word for word in part.split() if word not in _ALSO_ASIDE))
    )
