"""The packaged documents: found by id and version, each with the digest of its content."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import rfc8785

from app.data import protocols
from app.data.protocols import (
    UnknownProtocol,
    UnknownVersion,
    load,
    make_ready,
    protocol_ids,
    versions,
)
from app.data.samples import samples
from app.domain.errors import BadProtocol

SEED_TRIALS = {"LCAR-AIO", "NCT05765006", "NCT06340750", "NCT06886919", "NCT07339332"}
DRAFT = """\
id: {id}
version: "{version}"
title: A trial
source: {{registry: none}}
agents: {{X: investigational}}
grading: {{dictionary: ctcae-5.0}}
phases: [{{id: escalation}}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of our own in the place of the packaged one."""

    def forget() -> None:
        load.cache_clear()
        protocols._names.cache_clear()

    monkeypatch.setattr(protocols, "files", lambda _: tmp_path)
    forget()
    yield tmp_path
    forget()


def test_the_seed_trials_are_there() -> None:
    assert set(protocol_ids()) >= SEED_TRIALS
    assert list(protocol_ids()) == sorted(protocol_ids())


@pytest.mark.parametrize("protocol_id", protocol_ids())
def test_a_document_has_the_digest_of_its_content(protocol_id: str) -> None:
    for version in versions(protocol_id):
        built_in = load(protocol_id, version)
        content = rfc8785.dumps(dict(built_in.document))
        assert built_in.ready.digest == f"sha256:{sha256(content).hexdigest()}"
        assert built_in.ready.document.id == protocol_id
        assert built_in.ready.document.version == version


def test_the_latest_version_is_the_greatest_number(folder: Path) -> None:
    for version in ("9", "10", "2", "1.10", "1.9"):
        text = DRAFT.format(id="T-1", version=version)
        (folder / f"T-1-{version}.yaml").write_text(text, "utf-8")
    (folder / "README.md").write_text("no protocol", "utf-8")
    assert versions("T-1") == ("1.9", "1.10", "2", "9", "10")
    assert load("T-1").ready.document.version == "10"
    assert load("T-1") is load("T-1", "10")


def test_a_file_must_be_named_by_its_id_and_version(folder: Path) -> None:
    (folder / "T-2-1.yaml").write_text(DRAFT.format(id="T-1", version="1"), "utf-8")
    with pytest.raises(BadProtocol, match="the file is named T-2-1"):
        load("T-2")


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(UnknownProtocol, match=r"'X'; there are .*NCT06886919"):
        load("X")
    with pytest.raises(UnknownVersion, match="NCT06886919 has no version '0'; it has 1"):
        load("NCT06886919", "0")


def test_a_document_without_canonical_form_has_no_digest() -> None:
    with pytest.raises(BadProtocol, match="no canonical form"):
        make_ready({"id": "X", "planned_subjects": 2**60})


def test_a_document_that_names_no_dictionary_of_ours() -> None:
    document = {**load("NCT06340750").document, "grading": {"dictionary": "ctcae-1"}}
    with pytest.raises(BadProtocol) as bad:
        make_ready(document)
    assert [fault.pointer for fault in bad.value.faults] == ["/grading/dictionary"]


def test_samples_have_titles_in_words() -> None:
    titles = [sample.title for sample in samples()]
    assert titles[0] == "crs one minute over 72 hours"
    assert len(set(titles)) == len(titles) >= 6
