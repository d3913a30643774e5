"""What can be wrong with a dictionary, or with a question to it.

DictionaryError (also a ValueError)
├── BadTerm
├── BadDictionary, BadSynonyms, BadChanges, BadPublication: documents that cannot be used, with
│   every fault at its place
├── UnknownDictionary
├── UnknownTerm, UnknownOrganClass
└── BadPage
"""

from collections.abc import Iterable

from app.domain.errors import DomainError, Fault


class DictionaryError(DomainError, ValueError):
    """Base of the errors about dictionaries and their terms."""

    code = "dictionary_error"


class BadTerm(DictionaryError):
    """A term that cannot exist."""

    code = "bad_term"


class BadDocument(DictionaryError):
    """A document that cannot be used; `faults` lists every reason at its place."""

    code = "bad_document"
    kind = "Document"

    def __init__(self, name: str, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        listed = "; ".join(f"{fault.pointer}: {fault.message}" for fault in self.faults)
        super().__init__(f"{self.kind} {name} cannot be used: {listed}")


class BadDictionary(BadDocument):
    """The terms contradict each other or are no terms."""

    code = "bad_dictionary"
    kind = "Dictionary"


class BadSynonyms(BadDocument):
    """A synonym leads nowhere, to two terms, or away from a term of that name."""

    code = "bad_synonyms"
    kind = "Synonym map"


class BadChanges(BadDocument):
    """A change is of terms that the versions do not have, or have unchanged."""

    code = "bad_changes"
    kind = "Table of changes"


class BadPublication(BadDocument):
    """The file is no publication of CTCAE, or not of that version."""

    code = "bad_publication"
    kind = "File"


class UnknownDictionary(DictionaryError):
    """No dictionary or synonym map has that id."""

    code = "unknown_dictionary"

    def __init__(self, dictionary_id: str, available: Iterable[str]) -> None:
        super().__init__(f"There is no dictionary {dictionary_id!r}; use {either(available)}.")


class UnknownTerm(DictionaryError):
    """The text is no term's name; `suggestions` are the nearest names."""

    code = "unknown_term"

    def __init__(self, text: str, title: str, suggestions: Iterable[str]) -> None:
        self.suggestions = tuple(suggestions)
        super().__init__(f"Term {text!r} is not in {title}; {_way_out(self.suggestions)}")


class UnknownOrganClass(DictionaryError):
    """The dictionary has no such organ class."""

    code = "unknown_organ_class"

    def __init__(self, text: str, title: str, organ_classes: Iterable[str]) -> None:
        super().__init__(
            f"Organ class {text!r} is not in {title}; it has {', '.join(organ_classes)}."
        )


class BadPage(DictionaryError):
    """A page of a list that does not exist."""

    code = "bad_page"


def either(names: Iterable[str]) -> str:
    """The names in quotes, joined by "or"."""
    return " or ".join(f"'{name}'" for name in names)


def _way_out(suggestions: tuple[str, ...]) -> str:
    if suggestions:
        return f"did you mean {either(suggestions)}?"
    return "write a term of it, or let the protocol declare one of its own."
