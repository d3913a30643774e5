"""Files that harm, or are not what they seem, through the whole job: told, and nothing is lost."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.interchange.rows import MOST_OF_A_ROW
from app.store.database import Database
from app.store.jobs import StoredJob
from app.use_cases.replay import differences
from tests.imports.files import AE, AE_HEAD, AE_ROWS, EX, HOW, record_lines
from tests.imports.service import Importing, assert_reckoned, counts
from tests.store.rows import contents

ODM = (
    '<?xml version="1.0"?>\n{doctype}\n<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3">{text}</ODM>'
)
LOCAL_FILE = "/etc/hostname"
LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10)
)  # fmt: skip
RECORDS = (
    "subject_versions",
    "exposure_versions",
    "adverse_event_versions",
    "source_row_versions",
    "import_lines",
    "adjudications",
)


def refused_whole(importing: Importing, content: bytes | str, *arguments: Any) -> str:
    """Why a file is refused as a whole: it wrote nothing beside its job and its bytes."""
    job = importing.sent(content, *arguments)
    assert (job.state, job.done, job.total, counts(job)) == ("failed", 0, None, {})
    held = rows_in(importing.database)
    assert [table for table in RECORDS if held[table]] == []
    told = json.loads(job.problem or "")
    assert told["code"] == "unreadable_file"
    return f"{told['line']}: {told['detail']}"


def rows_in(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as connection:
        return contents(connection)


def reckoned(importing: Importing, job: StoredJob, **expected: int) -> list[Any]:
    """The rows that were sent back, of a job whose rows all became what is expected."""
    assert_reckoned(job)
    told = counts(job)
    kinds = ("rows", "accepted", "unchanged", "stale", "rejected", "left_out")
    assert {each: told[each] for each in kinds if each in told} == expected
    with importing.database.reading() as connection:
        assert list(differences(connection)) == []
    return importing.rejected(job)


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE ODM [<!ENTITY x SYSTEM "file://{LOCAL_FILE}">]>',
        '<!DOCTYPE ODM [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>',
        '<!DOCTYPE ODM SYSTEM "http://127.0.0.1:9/odm.dtd">',
        f"<!DOCTYPE ODM [{LAUGHS}]>",
        "<!DOCTYPE ODM>",
    ],
    ids=["file", "parameter", "remote", "laughs", "bare"],
)
@pytest.mark.parametrize("format", ["odm-xml", "rave-audit"])
def test_a_doctype_is_refused_with_its_line(
    on_sqlite: Importing,
    doctype: str,
    format: Any,  # noqa: A002
) -> None:
    on_sqlite.system()
    text = "&x;" if "ENTITY x" in doctype else "&l9;" if "l9" in doctype else ""
    said = refused_whole(on_sqlite, ODM.format(doctype=doctype, text=text), format)
    assert said.startswith("2: line 2")
    assert "DOCTYPE" in said


def test_an_entity_that_nobody_declared_is_refused(on_sqlite: Importing) -> None:
    on_sqlite.system()
    said = refused_whole(on_sqlite, ODM.format(doctype="", text="&x;"), "odm-xml")
    assert said.startswith("3: line 3")


def test_a_bomb_is_not_unpacked(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    bomb = gzip.compress(AE.encode() + b" " * (80 << 20), 9)
    assert len(bomb) < 200_000
    assert "beyond 200 times" in refused_whole(on_sqlite, bomb)
    packed_twice = gzip.compress(gzip.compress(AE.encode()))
    assert refused_whole(on_sqlite, packed_twice)


def test_a_packed_file_that_is_cut_is_refused_whole(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    packed = gzip.compress((AE_HEAD + AE_ROWS[0] * 2000).encode())
    assert "ends before its end" in refused_whole(on_sqlite, packed[:-9])


def test_a_packed_file_is_read_as_it_would_be_unpacked(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    assert (
        reckoned(on_sqlite, on_sqlite.sent(gzip.compress(AE.encode())), rows=4, accepted=4) == []
    )
    job = on_sqlite.sent(AE)
    assert reckoned(on_sqlite, job, rows=4, unchanged=4) == []


@pytest.mark.parametrize(("beyond", "code"), [(0, None), (1, "row_too_long")])
def test_a_line_too_long_is_refused_and_the_others_are_not(
    on_sqlite: Importing, beyond: int, code: str | None
) -> None:
    on_sqlite.system(**HOW)
    start, _, end = AE_ROWS[1].partition("Fatigue")
    most = MOST_OF_A_ROW - len((start + end).strip("\n").encode())
    long = f"{start}{'x' * (most + beyond)}{end}"
    job = on_sqlite.sent(AE_HEAD + AE_ROWS[0] + long + AE_ROWS[2])
    if code is None:
        assert reckoned(on_sqlite, job, rows=3, accepted=3) == []
        return
    (told,) = reckoned(on_sqlite, job, rows=3, accepted=2, rejected=1)
    assert (told["code"], told["place"], told["row"]) == (code, "line 3", 2)
    assert told["original"].startswith(start)
    assert len(told["original"]) <= 1 << 14
    assert sorted(on_sqlite.contents("adverse_event")) == ["edc:S-01|AE|A1", "edc:S-02|AE|B1"]


def test_a_record_line_too_long_is_refused_and_the_others_are_not(on_sqlite: Importing) -> None:
    long = '{"kind": "subject", "id": "S-9", "dose_level": "' + "1" * MOST_OF_A_ROW + '"}\n'
    job = on_sqlite.sent(long + record_lines(1), "records-ndjson")
    (told,) = reckoned(on_sqlite, job, rows=6, accepted=5, rejected=1)
    assert (told["code"], told["place"]) == ("row_too_long", "line 1")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_without_a_mark_is_refused_whole(on_sqlite: Importing, encoding: str) -> None:
    on_sqlite.system(**HOW)
    assert "save it as UTF-8" in refused_whole(on_sqlite, AE.encode(encoding))


def test_utf_16_with_its_mark_is_read(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    content = AE.replace("Fatigue", "疲労").encode("utf-16")
    assert reckoned(on_sqlite, on_sqlite.sent(content), rows=4, accepted=4) == []
    assert on_sqlite.contents("adverse_event")["edc:S-01|AE|A2"]["term"] == "疲労"


def test_a_row_in_latin_1_is_refused_with_its_byte(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    job = on_sqlite.sent(AE.replace("Fatigue", "Fièvre").encode("latin-1"))
    (told,) = reckoned(on_sqlite, job, rows=4, accepted=3, rejected=1)
    assert (told["code"], told["place"]) == ("not_utf8", "line 3")
    assert "byte 25 of line 3 (0xE8)" in told["problem"]
    assert "Fi\\xe8vre" in told["original"]
    again = on_sqlite.sent(AE.replace("Fatigue", "Fièvre"))
    assert reckoned(on_sqlite, again, rows=4, accepted=1, unchanged=3) == []


def test_nul_is_refused_where_it_stands(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    (told,) = reckoned(
        on_sqlite, on_sqlite.sent(AE.replace("Fatigue", "Fat\0igue")),
        rows=4, accepted=3, rejected=1,
    )  # fmt: skip
    assert (told["code"], told["place"]) == ("nul_character", "line 3")
    assert "Fat\\x00igue" in told["original"]
    lines = record_lines(1)
    line = lines.splitlines()[-1].replace("Fatigue", "Fat\\u0000igue")
    job = on_sqlite.sent(lines + line.replace(".AE.2", ".AE.3"), "records-ndjson")
    (told,) = reckoned(on_sqlite, job, rows=6, accepted=5, rejected=1)
    assert (told["code"], told["row"]) == ("nul_character", 6)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-2", "@cmd", "=HYPERLINK(\"\"http://x\"\")", "\t=1", "'=1"]
)  # fmt: skip
def test_formulas_are_text(on_sqlite: Importing, cell: str) -> None:
    on_sqlite.system(**HOW)
    job = on_sqlite.sent(AE_HEAD + AE_ROWS[1].replace("Fatigue", f'"{cell}"'))
    assert reckoned(on_sqlite, job, rows=1, accepted=1) == []
    (event,) = on_sqlite.contents("adverse_event").values()
    assert event["term"] == cell.replace('""', '"').strip()


def test_text_of_any_script_is_kept(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    terms = ["サイトカイン放出症候群", "Übelkeit 😷", "e\u0301te\u0301", "ｶﾞ \u200b㈱"]
    rows = [row.replace(row.split(",")[5], term) for row, term in zip(AE_ROWS, terms, strict=True)]
    content = "\ufeff" + AE_HEAD + "".join(rows)
    assert reckoned(on_sqlite, on_sqlite.sent(content), rows=4, accepted=4) == []
    held = on_sqlite.contents("adverse_event")
    assert [each["term"] for each in held.values()] == terms


def test_dates_of_several_forms_in_one_column_are_read_or_told(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    read = {
        "2026-03-05": "2026-03-05",
        "2026-03": "2026-03",
        "2026-03-05T10:30": "2026-03-05T10:30",
        "05MAR2026": "2026-03-05",
        "05 MAR 2026": "2026-03-05",
        "UN MAR 2026": "2026-03",
        "20260305": "2026-03-05",
        "": None,
    }
    unread = {"03-04-2026": "2026", "soon": None, "2026-02-30": None, "31/12/26": None}
    every = {**read, **unread}
    rows = [
        f"IC19-SLE,AE,S-01,{n},D{n:02},Fatigue,1,POSSIBLE,{date},,,\n"
        for n, date in enumerate(every)
    ]
    job = on_sqlite.sent(AE_HEAD + "".join(rows))
    assert reckoned(on_sqlite, job, rows=len(every), accepted=len(every)) == []
    held = on_sqlite.held("adverse_event")
    for (date, meant), stored in zip(every.items(), held.values(), strict=True):
        first = json.loads(stored.document)["content"]["grades"][0]
        assert first.get("from") == meant, date
        told = [each for each in json.loads(stored.findings) if "date" in each["code"]]
        assert bool(told) is (date in unread), (date, told)
        assert all(date in each["message"] for each in told)


def test_a_hostile_file_leaves_the_next_one_alone(on_sqlite: Importing) -> None:
    on_sqlite.system(**HOW)
    refused_whole(on_sqlite, ODM.format(doctype="<!DOCTYPE ODM>", text=""), "odm-xml")
    assert reckoned(on_sqlite, on_sqlite.sent(EX), rows=2, accepted=2) == []


IMPORTED = """
import dataclasses, sys
from pathlib import Path
from app.store.database import Database, sqlite_url
from app.store.migrate import upgrade
from tests.imports.files import AE_HEAD, HOW
from tests.imports.service import Importing, assert_reckoned, counts

folder, long = Path(sys.argv[1]), "x" * 5000

def peak(importing, rows):
    left_out = f"IC19-SLE,VS,S-01,1,{rows},{long},,,,,,\\n"
    too_few = f"IC19-SLE,AE,S-01,1,{rows},{long},9\\n"
    with (folder / "file").open("w+b") as file:
        file.write(AE_HEAD.encode())
        for _ in range(rows // 2):
            file.write((left_out + too_few).encode())
        file.seek(0)
        job = importing.sent(file)
    assert_reckoned(job)
    assert counts(job)["left_out"] == counts(job)["rejected"] == rows // 2
    # Not ru_maxrss, which begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))

database = Database(sqlite_url(folder))
upgrade(database)
importing = Importing(database=database)
importing.begin()
importing.system(**HOW)
importing.place = dataclasses.replace(importing.place, chunk=200)
print(peak(importing, 600), peak(importing, 6000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="there is no /proc elsewhere")
def test_30_mb_are_imported_in_the_memory_of_3(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", IMPORTED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    short, long = map(int, done.stdout.split())
    assert long - short < 12
