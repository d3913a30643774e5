"""`doseguard dictionary`: what is imported, refused and shown."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.store.database import Database, sqlite_url
from tests.api.client import client_of
from tests.cli.running import doseguard
from tests.data.publications import as_json, as_workbook, rows, sentence

NEUTROPHILS = "/v1/dictionaries/ctcae-5.0/terms/10029366"


@pytest.fixture
def migrated(data_dir: Path) -> str:
    """The URL of the record that the commands work on."""
    assert doseguard("migrate").exit_code == 0
    return sqlite_url(data_dir)


@pytest.fixture
def book(tmp_path: Path) -> str:
    """A workbook of CTCAE 5.0."""
    file = tmp_path / "CTCAE.xlsx"
    file.write_bytes(as_workbook(rows()))
    return str(file)


@pytest.mark.anyio
async def test_from_the_import_on_sentences_are_shown(migrated: str, book: str) -> None:
    database = Database(migrated)
    async with client_of(database, lambda: datetime.now(UTC), auth="off") as client:  # noqa: TID251
        assert await texts(client) is None
        result = doseguard("dictionary", "import", book)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith(
            "ctcae-5.0: imported. 837 terms of CTCAE 5.0, with their codes and grades; the "
            "sentences are not, letter by letter, those that this version knows.\n  sha256:"
        )
        assert await texts(client) == {
            "grades": {str(g): sentence("Neutrophil count decreased", g) for g in range(1, 5)},
            "definition": "What Neutrophil count decreased is.",
            "navigational_note": None,
        }
    database.close()


async def texts(client: httpx.AsyncClient) -> object:
    return (await client.get(NEUTROPHILS)).json()["texts"]


@pytest.mark.usefixtures("migrated")
def test_the_same_again_changes_nothing_and_others_need_a_word(book: str, tmp_path: Path) -> None:
    same, other = tmp_path / "same.json", tmp_path / "other.json"
    same.write_bytes(as_json(rows()))
    changed = rows()
    changed[0][8] = "Pale."
    other.write_bytes(as_json(changed))
    assert "ctcae-5.0: imported." in doseguard("dictionary", "import", book).stdout
    assert "ctcae-5.0: unchanged." in doseguard("dictionary", "import", str(same)).stdout
    refused = doseguard("dictionary", "import", str(other))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "import them with --replace" in refused.stderr
    assert "[texts_differ]" in refused.stderr
    assert "Pale" not in doseguard("dictionary", "show", "anaemia").stdout
    replaced = doseguard("dictionary", "import", str(other), "--replace")
    assert "ctcae-5.0: replaced." in replaced.stdout
    assert "Pale" in doseguard("dictionary", "show", "anaemia").stdout
    assert "ctcae-5.0: replaced." in doseguard("dictionary", "import", book, "--replace").stdout
    assert "FAIL" not in doseguard("doctor").stdout.upper()


@pytest.mark.usefixtures("migrated")
def test_another_version_than_the_one_named(tmp_path: Path) -> None:
    file = tmp_path / "ctcae.json"
    file.write_bytes(as_json(rows("ctcae-4.03")))
    refused = doseguard("dictionary", "import", str(file), "--as", "ctcae-5.0")
    assert refused.exit_code == 2
    assert "'Spleen disorder', is no term of CTCAE 5.0 [not_in_dictionary]" in refused.stderr
    assert "ctcae.json: 'Cyanosis', code 10011703, of CTCAE 5.0 is missing" in refused.stderr
    assert doseguard("dictionary", "import", str(file), "--as", "ctcae-4.03").exit_code == 0
    unknown = doseguard("dictionary", "import", str(file), "--as", "ctcae-3")
    assert "There is no dictionary 'ctcae-3'; use 'ctcae-4.03' or" in unknown.stderr


def test_what_cannot_be_imported(data_dir: Path, tmp_path: Path, book: str) -> None:
    missing = doseguard("dictionary", "import", str(tmp_path / "none.xlsx"))
    assert (missing.exit_code, missing.stderr.count("No such file")) == (2, 1)
    unready = doseguard("dictionary", "import", book)
    assert (unready.exit_code, "[not_migrated]" in unready.stderr) == (2, True)
    sheet = doseguard("dictionary", "import", book, "--sheet", "Nope")
    assert "CTCAE.xlsx: there is no sheet 'Nope'; there are Read me, Terms" in sheet.stderr


@pytest.mark.usefixtures("migrated")
def test_the_list(book: str) -> None:
    assert "ctcae-5.0: CTCAE 5.0, 837 terms; sentences not imported" in listed()
    doseguard("dictionary", "import", book)
    assert "ctcae-5.0: CTCAE 5.0, 837 terms; sentences imported 20" in listed()
    assert "ctcae-6.0: CTCAE 6.0, 850 terms; sentences not imported" in listed()
    facts = json.loads(doseguard("dictionary", "list", "--json").stdout)
    assert [(each["id"], each["texts"] is not None) for each in facts] == [
        ("ctcae-4.03", False),
        ("ctcae-5.0", True),
        ("ctcae-6.0", False),
    ]


def listed() -> str:
    return doseguard("dictionary", "list").stdout


@pytest.mark.usefixtures("migrated")
def test_a_term_is_shown_by_name_synonym_or_code(book: str) -> None:
    head = "Neutrophil count decreased (10029366), Investigations\n"
    before = doseguard("dictionary", "show", "neutropenia").stdout
    assert before == f"{head}  grades 1, 2, 3, 4; sentences: doseguard dictionary import FILE\n"
    doseguard("dictionary", "import", book)
    shown = doseguard("dictionary", "show", "10029366").stdout
    assert shown.startswith(f"{head}  1: Neutrophil count decreased, as bad as 1.\n")
    assert shown.endswith("  What Neutrophil count decreased is.\n")
    elsewhere = doseguard("dictionary", "show", "10043554")
    assert elsewhere.stdout.startswith("Platelet count decreased (10035528)")
    assert "Code 10043554 is 'Thrombocytopenia' in CTCAE 6.0" in elsewhere.stderr
    other = doseguard("dictionary", "show", "10043554", "--in", "ctcae-6.0")
    assert other.stdout.startswith("Thrombocytopenia (10043554), Blood and lymphatic system")


@pytest.mark.usefixtures("migrated")
def test_a_term_that_is_none() -> None:
    refused = doseguard("dictionary", "show", "Neutrophil cuont decreased")
    assert refused.exit_code == 2
    assert "did you mean 'Neutrophil count decreased'" in refused.stderr


def test_facts_are_shown_where_there_is_no_record_and_none_is_made(data_dir: Path) -> None:
    assert "ctcae-5.0: CTCAE 5.0, 837 terms; sentences not imported" in listed()
    shown = doseguard("dictionary", "show", "neutropenia").stdout
    assert shown.startswith("Neutrophil count decreased (10029366), Investigations\n")
    assert not data_dir.exists()


def test_nor_where_a_url_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.db"
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", f"sqlite:///{file}")
    assert "ctcae-5.0: CTCAE 5.0, 837 terms; sentences not imported" in listed()
    assert not file.exists()


@pytest.mark.parametrize("url", ["nowhere", "sqlite://", "mysql://host/name"])
def test_a_url_that_names_no_database_is_told(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DOSEGUARD_DATABASE_URL", url)
    refused = doseguard("dictionary", "list")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "[bad_database_url]" in refused.stderr


def test_a_record_of_another_version_is_not_passed_over(data_dir: Path) -> None:
    data_dir.mkdir()
    database = Database(sqlite_url(data_dir))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
    database.close()
    refused = doseguard("dictionary", "list")
    assert (refused.exit_code, "[not_migrated]" in refused.stderr) == (2, True)


def test_a_record_without_tables_says_nothing(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "doseguard.db").touch()
    assert "ctcae-5.0: CTCAE 5.0, 837 terms; sentences not imported" in listed()


class TestTerms:
    """What a group of a protocol is made of."""

    def test_of_an_organ_class(self) -> None:
        found = doseguard("dictionary", "terms", "--soc", "blood and lymphatic system disorders")
        names = [line.split(" (")[0] for line in found.stdout.splitlines()]
        assert {"Anemia", "Febrile neutropenia", "Hemolysis"} <= set(names)
        assert names == sorted(names, key=str.casefold)
        assert (
            "Anemia (10002272), Blood and lymphatic system disorders; grades 1, 2" in found.stdout
        )

    def test_by_words_across_organ_classes(self) -> None:
        answer = doseguard("dictionary", "terms", "hemorrhage", "--json")
        found = {each["term"]: each for each in json.loads(answer.stdout)}
        assert {"Gastric hemorrhage", "Renal hemorrhage", "Bronchopulmonary hemorrhage"} <= set(
            found
        )
        assert found["Renal hemorrhage"] == {
            "term": "Renal hemorrhage",
            "code": 10038463,
            "organ_class": "Renal and urinary disorders",
            "grades": [1, 2, 3, 4, 5],
        }

    def test_of_another_version(self) -> None:
        found = doseguard("dictionary", "terms", "Thrombocytopenia", "--in", "ctcae-6.0")
        assert found.stdout.startswith("Thrombocytopenia (10043554), Blood and lymphatic system")

    def test_nothing_and_what_is_not_there(self) -> None:
        none = doseguard("dictionary", "terms", "qqqq")
        assert (none.exit_code, none.stdout) == (0, "")
        assert "No term of CTCAE 5.0 is called 'qqqq' or nearly so." in none.stderr
        refused = doseguard("dictionary", "terms", "--soc", "Blood")
        assert (refused.exit_code, refused.stdout) == (2, "")
        assert "Blood" in refused.stderr
