"""An event that goes on, of which nobody said up to when, may be taken to by other verdicts."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import pytest

from app.domain.record.origin import OPERATOR
from app.use_cases.protocols import add
from tests.builders import event, subject
from tests.domain.dlt.toy import clause, document
from tests.readjudications.moves import content_of, recorded
from tests.readjudications.service import WHY, Rejudging
from tests.store.databases import copy_of


def test_what_goes_on_by_one_verdict_may_settle_another(
    sqlite_template: Any, tmp_path: Any
) -> None:
    """Of the fever nobody said up to when it went on. By version 1 it is exempt; by version 2 it
    would be pending, taken to go on, and then was there beside the neutropenia, of which both
    versions say the same. That nobody said, so both are undetermined.
    """
    fever = clause("fever", grade=3, longer_than="P60D", when={"term": "Fever"})
    beside = {"all": [{"term": "Neutrophil count decreased"}, {"concurrent": {"term": "Fever"}}]}
    criteria = [fever, clause("neutropenia-with-fever", grade=4, when=beside)]
    exempt = clause("fevers", when={"term": "Fever"})
    first, second = event("Fever", (3, "2026-03-05"), id="AE-1", ongoing=True), event(
        "Neutrophil count decreased", (4, "2026-03-20"), (0, "2026-03-25"), id="AE-2"
    )  # fmt: skip
    database = copy_of(sqlite_template, tmp_path)
    made = Rejudging(database=database, now=datetime(2026, 3, 10, tzinfo=UTC))
    made.begin_with(document(criteria=criteria, exceptions=[exempt]))
    made.writer.run(
        partial(add, origin=OPERATOR, document=document(criteria=criteria, version="2"))
    )
    made.told([subject(first)])
    made.later(timedelta(days=20).total_seconds())
    recorded(made, "adverse_event", "edc:AE-2", content_of(second), "S-01")
    with_columns = made.tells(protocol_version="2")
    made.forget_columns()
    assert made.tells(protocol_version="2") == with_columns
    assert with_columns[0]["verdicts"] == {"NOT_DLT": {"UNDETERMINED": 1}}
    # And back: what stands rests on what is taken to go on.
    made.run(protocol_version="2", dry_run=False, reason=WHY)
    back = made.tells(protocol_version="1")
    made.forget_columns()
    assert made.tells(protocol_version="1") == back
    assert back[0]["verdicts"] == {"UNDETERMINED": {"NOT_DLT": 1}}
    made.close()
    database.close()


NEUTROPENIA: Final = "Neutrophil count decreased"
LONG_FEVER: Final = clause("fever", grade=3, longer_than="P60D", when={"term": "Fever"})
BESIDE: Final = {"all": [{"term": NEUTROPENIA}, {"concurrent": {"term": "Fever"}}]}


def lasting(grade: int, days: int) -> dict[str, Any]:
    return {"lasts": {"grade": grade, "longer_than": f"P{days}D"}}


def both_of_a_pair(one: int, two: int, three: int, four: int) -> list[dict[str, Any]]:
    pairs = [
        {"all": [lasting(3, one), lasting(2, two)]},
        {"all": [lasting(3, three), lasting(2, four)]},
    ]
    return [clause("both", grade=2, when={"all": [{"term": "Fever"}, {"any": pairs}]})]


@pytest.mark.parametrize(
    ("old", "new", "beside"),
    [
        (
            both_of_a_pair(3, 4, 5, 3),
            both_of_a_pair(63, 64, 65, 63),
            event("Chills", (1, "2026-03-20"), (0, "2026-03-25"), id="AE-2"),
        ),
        (
            [
                LONG_FEVER,
                clause("n28", grade=4, longer_than="P28D", when={"term": NEUTROPENIA}),
                clause("nwf", grade=4, longer_than="P21D", when=BESIDE),
            ],
            [
                LONG_FEVER,
                clause("n28", grade=4, longer_than="P28D", when={"term": NEUTROPENIA}),
                clause("nwf", grade=4, longer_than="P35D", when=BESIDE),
            ],
            event(NEUTROPENIA, (4, "2026-03-20"), id="AE-2", ongoing=True),
        ),
        (
            [LONG_FEVER, clause("nwf", grade=4, when=BESIDE)],
            [LONG_FEVER, clause("nwf", grade=4, when={"term": NEUTROPENIA})],
            event(NEUTROPENIA, (4, "2026-03-20"), (0, "2026-03-25"), id="AE-2"),
        ),
    ],
    ids=["by its own limits", "nothing hangs on it any more", "beside what is a DLT now"],
)
def test_what_version_2_takes_to_go_on_is_judged_from_the_record(
    sqlite_template: Any, tmp_path: Any, old: Any, new: Any, beside: Any
) -> None:
    """Of the fever nobody said up to when it goes on. By version 1 it is undetermined, by version
    2 it goes on and is pending.
    """
    fever = event("Fever", (3, "2026-03-05" if len(old) > 1 else "2026-03-08"), id="AE-1",
                  ongoing=True)  # fmt: skip
    made = with_two_events(sqlite_template, tmp_path, old, new, fever, beside)
    assert verdicts_of(made)["edc:AE-1"] == "UNDETERMINED"
    with_columns = made.tells(protocol_version="2")
    made.forget_columns()
    assert made.tells(protocol_version="2") == with_columns
    assert with_columns[0]["newly_pending"] == 1
    made.close()
    made.database.close()


def with_two_events(
    template: Any, folder: Any, old: Any, new: Any, first: Any, second: Any
) -> Rejudging:
    """A patient whose second event was recorded some weeks after the first."""
    made = Rejudging(database=copy_of(template, folder), now=datetime(2026, 3, 10, tzinfo=UTC))
    made.begin_with(document(criteria=old))
    another = document(criteria=new, version="2")
    made.writer.run(partial(add, origin=OPERATOR, document=another))
    made.told([subject(first)])
    made.later(timedelta(days=20).total_seconds())
    recorded(made, "adverse_event", "edc:AE-2", content_of(second), "S-01")
    return made


def verdicts_of(made: Rejudging) -> dict[str, str]:
    summary = json.loads(made.standing()["S-01"].summary)
    return {each["id"]: each["verdict"] for each in summary["events"]}
