"""The parts of a definition that are no clauses: window, what counts, referral, clocks."""

from typing import Final

from app.domain.dlt.rule import Clocks, Counts, Referral, RuleSet, Syndrome, Window
from app.domain.dlt.text.clauses import Part, Source
from app.domain.dlt.text.conditions import grade_or_more, item_of, phrase_of, related_words
from app.domain.dlt.text.durations import amount_of, counted
from app.domain.dlt.text.model import Item

_RISE: Final = {
    "after_if_above_baseline": "A grade that is dated by the infusion day alone was reached after "
    "the infusion if it is above the baseline grade.",
    "after": "A grade that is dated by the infusion day alone was reached after the infusion, "
    "whatever the baseline grade.",
    "either": "A grade that is dated by the infusion day alone may have been reached before or "
    "after the infusion: which, is unknown.",
}
_DAYS: Final = {
    "calendar": "A limit in days or weeks compares calendar dates at the site; one in hours or "
    "minutes compares instants.",
    "elapsed": "A limit in days or weeks counts periods of 24 hours, as one in hours does.",
}
_RECOVERY: Final = {
    "first_documented": "A clock stops with the first documented grade at or below the one that "
    "it waits for; a new rise starts a new clock.",
    "last": "A clock stops with the last documented grade at or below the one that it waits for; "
    "a rise in between does not stop it.",
}
_SILENCE: Final = {
    "unknown": "What an open event does after the last report of it is unknown.",
    "persists": "An open event goes on after the last report of it until a change is reported.",
}
_DEATH: Final = {
    "committee": "Where the patient dies from another cause while a clock runs, the committee "
    "rules whether its limit is exceeded.",
    "ends_event": "Where the patient dies from another cause while a clock runs, the event ends "
    "with the death.",
    "exceeds_limit": "Where the patient dies from another cause while a clock runs, its limit is "
    "exceeded.",
}
_UNKNOWN_GRADES: Final = {
    "of_the_term": "An unknown grade may be any that the term has in the dictionary.",
    "all": "An unknown grade may be any from 1 to 5.",
}


def phases_part(rules: RuleSet) -> Part:
    """The phases in which DLTs are looked for."""
    named = ", ".join(rules.observed_in)
    noun = "phase" if len(rules.observed_in) == 1 else "phases"
    text = f"DLTs are looked for in the {noun} {named}; in any other the question does not arise."
    return Part(title="observed phases", lines={"phases": Item(text=text)})


def window_part(window: Window) -> Part:
    """When a window opens and ends, and what has to lie in it."""
    if window.anchor == "each_infusion":
        opens = f"A DLT window opens with each infusion of {window.agent}."
    else:
        opens = f"The DLT window opens with the first infusion of {window.agent}; a later one "
        opens += "opens none."
    numbered = f"The day of the infusion is day {window.first_day}"
    if window.through.days is None:
        ends = f"{numbered}. The window ends {amount_of(window.through)} after the start of the "
        ends += "infusion, that instant included."
    else:
        day = window.through.days
        ends = f"{numbered}, and the window ends with the end of day {day}, a calendar day at "
        ends += "the site."
    if window.onset_from_grade is None:
        onset = "A run counts when it begins inside a window: the criterion's grade has to be "
        onset += "reached there, while duration and recovery may be observed later."
    else:
        onset = f"A run counts when the stretch at {grade_or_more(window.onset_from_grade)} that "
        onset += "contains it begins inside a window; the criterion's grade may be reached later."
    early = "No window ends early."
    if window.early_completion:
        early = "A recorded, reasoned completion of a patient's window ends it with that day."
    lines = {
        "opens": opens,
        "ends": ends,
        "onset": onset,
        "rise": _RISE[window.rise_on_infusion_day],
        "early": early,
    }
    return _part("window", lines)


def counts_part(counts: Counts, clocks: Clocks) -> Part:
    """What must hold before any criterion looks at a run."""
    related = Item(text="An event counts whatever its causality is.")
    if counts.related is not None:
        related = Item(text=f"An event counts only where {related_words(counts.related)}.")
    unless = Item(text="Nothing else takes an event out.")
    if counts.unless is not None:
        unless = item_of("An event does not count where", phrase_of(counts.unless, clocks))
    return Part(title="what counts", lines={"related": related, "unless": unless})


def referral_part(referral: Referral | None) -> Part:
    """Which toxicity goes to the committee, whatever the verdict."""
    if referral is None:
        return _part("referral", {"referral": "No toxicity is referred for its time alone."})
    grade = grade_or_more(referral.grade)
    if referral.first_reached_only:
        text = f"An event that first reaches {grade} after every DLT window goes to the "
        text += "committee, whatever the verdict; one that reached it before does not, however "
        text += "often it rises again."
    else:
        text = f"Every rise of an event to {grade} after every DLT window sends it to the "
        text += "committee, whatever the verdict."
    lines = {"referral": Item(text=text)}
    return Part(title="referral", lines=lines, source=Source(at=referral.at, says=referral.says))


def syndrome_part(syndrome: Syndrome) -> Part:
    """Which symptoms are judged under a syndrome."""
    linked = f"No symptom is judged under {syndrome.term}."
    if syndrome.symptoms:
        linked = "An event with one of these terms that the record links to an event of "
        linked += f"{syndrome.term} is judged under that event and not by itself: "
        linked += f"{'; '.join(syndrome.symptoms)}."
    own = "Of these, none is judged by itself."
    if syndrome.own_clause:
        own = "Judged by itself all the same, by the clause that names it: "
        own += f"{'; '.join(syndrome.own_clause)}."
    return _part(f"syndrome {syndrome.term}", {"linked": linked, "own": own})


def clocks_part(clocks: Clocks) -> Part:
    """How every clock runs."""
    included = "A limit is included"
    if clocks.within_includes_limit:
        included += ": “within 7 days” and “no longer than 7 days” include the 7th day."
    else:
        included = "A limit is excluded: what happens exactly at it is too late, so that “within "
        included += "7 days” excludes the 7th day."
    lines = {
        "included": included,
        "days": _DAYS[clocks.days_are],
        "recovery": _RECOVERY[clocks.recovery],
        "silence": _SILENCE[clocks.after_last_report],
        "death": _DEATH[clocks.death_from_another_cause],
        "unknown": _UNKNOWN_GRADES[clocks.unknown_grades],
    }
    return _part("clocks", lines)


def group_part(name: str, terms: tuple[str, ...]) -> Part:
    """The terms of a group."""
    listed = f"{counted(len(terms), 'term')}: {'; '.join(terms)}." if terms else "No term."
    return _part(f"group {name}", {"terms": listed})


def _part(title: str, lines: dict[str, str]) -> Part:
    return Part(title=title, lines={name: Item(text=text) for name, text in lines.items()})
