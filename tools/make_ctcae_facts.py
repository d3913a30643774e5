"""Make the packaged facts of a version of CTCAE from a copy of NCI's text.

    python tools/make_ctcae_facts.py VERSION CTCAE.json LABORATORY.json OUTPUT.json

VERSION is 4.03, 5.0 or 6.0. CTCAE.json is a list of {"meddra_code", "soc", "term", "grades":
{"1": sentence or null, …}, …}, LABORATORY.json is {"terms": [names of the terms of CTCAE 5.0 that
are laboratory findings]}: terms of the same name are so in every version, and `LABORATORY_TOO`
lists what another version has besides, decided by the same rule. Only facts are taken: names,
codes, organ classes, and which grades have a sentence. No sentence is.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PUBLISHED = {
    "4.03": ("2010-06-14", "MedDRA 12.0"),
    "5.0": ("2017-11-27", "MedDRA 20.1"),
    "6.0": ("2025-07-22", "MedDRA 28.0"),
}
LABORATORY_TOO = {
    "6.0": (
        "Creatinine clearance decreased",
        "HDL decreased",
        "LDL increased",
        "Lymphopenia",
        "Neutrophil count increased",
        "Thrombocytopenia",
        "Thrombocytosis",
        "Urinary protein increased",
        "Vitamin D decreased",
    )
}


def about(version: str) -> dict[str, Any]:
    """What the facts are of, and where they come from."""
    published, codes = PUBLISHED[version]
    return {
        "id": f"ctcae-{version}",
        "title": f"CTCAE {version}",
        "version": version,
        "source": {
            "name": "Common Terminology Criteria for Adverse Events (CTCAE)",
            "publisher": "National Cancer Institute (NCI), U.S.A.",
            "published": published,
            "codes": f"{codes} lowest level terms (LLT), as NCI prints them",
        },
        "content": "facts only: names, codes, organ classes, which grades exist",
    }


def laboratory_terms(version: str, names: set[str], listed: list[str]) -> set[str]:
    """Which terms of a version are laboratory findings. Exits where a listed one is no term."""
    required = {*LABORATORY_TOO.get(version, ()), *(listed if version == "5.0" else ())}
    if required - names:
        raise SystemExit(f"Laboratory terms that are no terms: {sorted(required - names)}")
    return required | (names & set(listed))


def facts(version: str, source: list[dict[str, Any]], listed: list[str]) -> dict[str, Any]:
    """The document of facts, terms grouped by organ class in NCI's order."""
    laboratory = laboratory_terms(version, {entry["term"] for entry in source}, listed)
    by_class: dict[str, list[dict[str, Any]]] = {}
    for entry in source:
        by_class.setdefault(entry["soc"], []).append(
            {
                "code": entry["meddra_code"],
                "name": entry["term"],
                "grades": [int(g) for g, sentence in entry["grades"].items() if sentence],
                "laboratory": entry["term"] in laboratory,
            }
        )
    terms = [term for group in by_class.values() for term in group]
    return {
        **about(version),
        "counts": {
            "organ_classes": len(by_class),
            "terms": len(terms),
            "laboratory": sum(term["laboratory"] for term in terms),
            "with_grade": {
                str(grade): sum(grade in term["grades"] for term in terms) for grade in range(1, 6)
            },
        },
        "organ_classes": [{"name": name, "terms": group} for name, group in by_class.items()],
    }


def lines(document: dict[str, Any]) -> Iterator[str]:
    """The document as JSON with one term a line, so that a difference can be read."""
    head = {name: value for name, value in document.items() if name != "organ_classes"}
    yield json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}") + ","
    yield ' "organ_classes": ['
    groups = document["organ_classes"]
    for group in groups:
        yield f'  {{"name": {json.dumps(group["name"])}, "terms": ['
        rows = [json.dumps(term, ensure_ascii=False) for term in group["terms"]]
        yield ",\n".join(f"   {row}" for row in rows)
        yield "  ]}" if group is groups[-1] else "  ]},"
    yield " ]"
    yield "}"


def main(arguments: list[str]) -> None:
    """Read the two inputs, write the output."""
    if len(arguments) != 4 or arguments[0] not in PUBLISHED:
        raise SystemExit(__doc__)
    source, laboratory, output = (Path(argument) for argument in arguments[1:])
    document = facts(
        arguments[0],
        json.loads(source.read_text("utf-8")),
        json.loads(laboratory.read_text("utf-8"))["terms"],
    )
    output.write_text("\n".join(lines(document)) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
