"""A protocol version made ready: document, dictionary and program joined."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.domain.adjudication.own_bounds import OwnBounds, own_bounds
from app.domain.adjudication.series import LaboratoryRules
from app.domain.ctcae import Conflicting, Dictionary, SynonymMap, Term, Unresolved
from app.domain.ctcae.errors import BadDictionary, BadSynonyms, BadTerm, UnknownTerm
from app.domain.ctcae.term import protocol_term
from app.domain.dlt.boundaries import boundaries_of
from app.domain.dlt.program import Program, TermFacts, program_of
from app.domain.dlt.protocol import Document
from app.domain.dlt.readings import Decided, decide, faults_of
from app.domain.dlt.record import KnownTerm
from app.domain.dlt.rule import RuleSet
from app.domain.dlt.treatment import plain_word
from app.domain.errors import BadProtocol, Fault
from app.domain.laboratory.catalogue import Catalogue
from app.domain.laboratory.policy import Policy
from app.domain.pointers import escape

_DOCUMENT = TypeAdapter(Document)
_POLICY = TypeAdapter(Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The DLT definition of a protocol version, decided and compiled."""

    decided: Decided
    program: Program


def name_of(protocol: str, version: str) -> str:
    """A protocol version in words, by its id and version."""
    return f"{protocol} version {version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyProtocol:
    """One protocol version with everything that judging by it needs."""

    document: Document
    digest: str
    dictionary: Dictionary
    rules: Rules | None
    """None where the text states no DLT definition."""
    laboratory: LaboratoryRules | None = None
    """None where the dictionary has no numeric criteria here."""

    @property
    def name(self) -> str:
        """Id and version."""
        return name_of(self.document.id, self.document.version)

    def with_readings(self, overrides: Mapping[str, str]) -> "ReadyProtocol":
        """The same version with some readings decided otherwise, by a ruling."""
        if not overrides or self.rules is None:
            return self
        return replace(self, rules=_rules(self.document, self.dictionary, overrides))

    def laboratory_with(self, overrides: Mapping[str, str]) -> LaboratoryRules | None:
        """By what results are graded, with some readings decided otherwise."""
        rules = self.laboratory
        if rules is None or self.rules is None or not overrides:
            return rules
        decided = decide(self.document, overrides)
        return replace(rules, boundaries=_boundaries(rules.catalogue, rules.own, decided))

    def named(self, text: str) -> str | None:
        """The dictionary's name for a reported term; None where it knows none."""
        return self.dictionary.named(text)

    def resolve(self, text: str, code: int | None) -> KnownTerm:
        """The term that a report names, as the rules see it."""
        resolution = self.dictionary.resolve(text, code)
        if isinstance(resolution, Conflicting):
            return self._one_of(resolution, [resolution.by_text, resolution.by_code])
        elsewhere = resolution.elsewhere
        code_note = None if elsewhere is None else elsewhere.message
        if isinstance(resolution, Unresolved):
            return replace(self._unresolved(resolution), code_note=code_note)
        term = resolution.term
        note = (
            None
            if resolution.by == "name"
            else f"{text!r} was read as {term.name!r} (by {resolution.by})."
        )
        return KnownTerm(
            name=term.name,
            laboratory=term.laboratory,
            grades=term.grades,
            note=note,
            code_note=code_note,
        )

    def _unresolved(self, resolution: Unresolved) -> KnownTerm:
        """A report that names no term, or could name several."""
        if resolution.ambiguous:
            terms = [self.dictionary.term(name) for name in resolution.suggestions]
            return self._one_of(resolution, terms)
        return KnownTerm(
            name=None,
            laboratory=None,
            suggestions=resolution.suggestions,
            note=resolution.message,
        )

    def _one_of(self, resolution: Unresolved | Conflicting, terms: list[Term]) -> KnownTerm:
        """A report that could name several terms."""
        laboratory = {term.laboratory for term in terms}
        return KnownTerm(
            name=None,
            laboratory=laboratory.pop() if len(laboratory) == 1 else None,
            grades=tuple(sorted({grade for term in terms for grade in term.grades})),
            suggestions=tuple(term.name for term in terms),
            candidates=tuple(term.name for term in terms),
            note=resolution.message,
        )


def read_document(value: Mapping[str, Any]) -> Document:
    """Validate a protocol document. Raises `BadProtocol` with every fault."""
    name = str(value.get("id", "(without id)"))
    try:
        return _DOCUMENT.validate_python(value)
    except ValidationError as error:
        raise BadProtocol(name, faults_of(error, "")) from error


def ready(
    document: Document,
    digest: str,
    dictionary: Dictionary,
    synonyms: SynonymMap,
    catalogue: Catalogue | None = None,
) -> ReadyProtocol:
    """Join a document with its dictionary and, where there are some, its numeric criteria.

    A catalogue without criteria serves the bounds of the protocol's own terms alone.

    Raises `BadProtocol` with every fault that is found.
    """
    own = _own_terms(document)
    try:
        known = dictionary.with_synonyms(synonyms)
        if faults := _own_terms_that_are_there(document, known):
            raise BadProtocol(document.id, faults)
        joined = known.with_terms(own)
    except (BadDictionary, BadSynonyms) as error:
        fault = Fault(pointer="/grading/own_terms", message=str(error), code="own_terms")
        raise BadProtocol(document.id, (fault,)) from error
    measured = own_bounds(document, catalogue)
    rules = None if document.dlt is None else _rules(document, joined, {})
    laboratory = None if catalogue is None else _laboratory(document, catalogue, measured, rules)
    return ReadyProtocol(
        document=document,
        digest=digest,
        dictionary=joined,
        rules=rules,
        laboratory=laboratory,
    )


def _laboratory(
    document: Document, catalogue: Catalogue, measured: OwnBounds | None, rules: Rules | None
) -> LaboratoryRules:
    grading = document.grading.laboratory
    try:
        policy = _POLICY.validate_python(grading.policy)
    except ValidationError as error:
        faults = faults_of(error, "/grading/laboratory/policy")
        raise BadProtocol(document.id, faults) from error
    return LaboratoryRules(
        catalogue=catalogue,
        grading=grading,
        policy=policy,
        boundaries=_boundaries(catalogue, measured, rules.decided) if rules else {},
        own=measured,
    )


def _boundaries(
    catalogue: Catalogue, measured: OwnBounds | None, decided: Decided
) -> Mapping[str, frozenset[int]]:
    """The lines between the grades of each term that a number can grade."""
    terms = [*catalogue.terms, *(measured.names if measured else ())]
    return boundaries_of(decided.rules, decided.groups, terms)


def _own_terms(document: Document) -> list[Term]:
    """The terms that the document declares. Raises `BadProtocol` with those that cannot exist."""
    terms, faults = [], []
    for number, own in enumerate(document.grading.own_terms):
        try:
            of_laboratory = own.laboratory or bool(own.measured)
            term = protocol_term(own.term, grades=own.grades, laboratory=of_laboratory)
        except BadTerm as error:
            pointer = f"/grading/own_terms/{number}"
            faults.append(Fault(pointer=pointer, message=str(error), code="own_terms"))
        else:
            terms.append(term)
    if faults:
        raise BadProtocol(document.id, tuple(faults))
    return terms


def _own_terms_that_are_there(document: Document, dictionary: Dictionary) -> tuple[Fault, ...]:
    """Terms that the document declares although the dictionary has them, perhaps by another name:
    CTCAE 6.0 has ICANS, which 5.0 has not.
    """
    faults = []
    for number, own in enumerate(document.grading.own_terms):
        there = dictionary.by_word(own.term)
        if there is not None:
            message = (
                f"{own.term!r} is {there.name!r} in {dictionary.title}: leave it out of the "
                "own terms, and write the dictionary's name in the rules"
            )
            pointer = f"/grading/own_terms/{number}/term"
            faults.append(Fault(pointer=pointer, message=message, code="own_terms"))
    return tuple(faults)


def _rules(document: Document, dictionary: Dictionary, overrides: Mapping[str, str]) -> Rules:
    decided = decide(document, overrides)
    faults = [*_unknown_terms(decided, dictionary), *_unknown_names(document, decided.rules)]
    if faults:
        raise BadProtocol(document.id, tuple(faults))
    terms = [TermFacts(name=term.name, laboratory=term.laboratory) for term in dictionary.terms]
    try:
        program = program_of(decided.rules, decided.groups, terms)
    except BadProtocol as error:  # it knows the rules, and not whose they are
        raise BadProtocol(document.id, error.faults) from error
    return Rules(decided=decided, program=program)


def _unknown_terms(decided: Decided, dictionary: Dictionary) -> list[Fault]:
    named = [
        (f"/groups/{escape(group)}/{place}", term)
        for group, terms in decided.groups.items()
        for place, term in enumerate(terms)
    ]
    for index, syndrome in enumerate(decided.rules.syndromes):
        pointer = f"/dlt/syndromes/{index}"
        named.append((f"{pointer}/term", syndrome.term))
        for key, terms in (("symptoms", syndrome.symptoms), ("own_clause", syndrome.own_clause)):
            named += [(f"{pointer}/{key}/{place}", term) for place, term in enumerate(terms)]
    for pointer, condition in conditions_of(decided.rules):
        if condition.get("term") is not None:
            named.append((f"{pointer}/term", condition["term"]))
    faults = []
    for pointer, term in named:
        try:
            dictionary.term(term)
        except UnknownTerm as error:
            faults.append(Fault(pointer=pointer, message=str(error), code="unknown_term"))
    return faults


def _unknown_names(document: Document, rules: RuleSet) -> list[Fault]:
    criteria = [criterion.id for criterion in rules.criteria]
    clauses = criteria + [exception.id for exception in rules.exceptions]
    twice = sorted({each for each in clauses if clauses.count(each) > 1})
    faults = [
        Fault(pointer="/dlt", message=f"clause id {each!r} stands twice", code="duplicate_id")
        for each in twice
    ]
    faults += _replaced_elsewhere(rules)
    faults += _of_two_kinds(document)
    named = [
        (f"/dlt/exceptions/{index}/{key}", "criterion", name, criteria)
        for index, exception in enumerate(rules.exceptions)
        for key, names in (
            ("replaces", exception.replaces),
            ("exempts_from", exception.exempts_from or ()),
        )
        for name in names
    ]
    for pointer, condition in conditions_of(rules):
        if condition.get("group") is not None:
            at = f"{pointer}/group"
            named.append((at, "group", condition["group"], list(document.groups)))
        if "intervention" in condition:
            kinds = list(document.interventions)
            asked = condition["intervention"]
            at, name = f"{pointer}/intervention", asked
            if not isinstance(asked, str):
                at, name = f"{at}/kind", asked["kind"]
            named.append((at, "intervention", name, kinds))
        if "related" in condition and pointer != "/dlt/counts":
            asked = condition["related"]["agent"]
            for agent in [asked] if isinstance(asked, str) else asked:
                named.append((f"{pointer}/related/agent", "agent", agent, list(document.agents)))
    phases = [phase.id for phase in document.phases]
    named += [("/dlt/observed_in", "phase", phase, phases) for phase in rules.observed_in]
    agents = {rules.window.agent, *(rules.counts.related.agents if rules.counts.related else ())}
    named += [("/dlt", "agent", agent, list(document.agents)) for agent in sorted(agents)]
    return faults + [
        Fault(
            pointer=pointer,
            message=f"there is no {kind} {name!r}; there are {', '.join(known) or 'none'}",
            code=f"unknown_{kind}",
        )
        for pointer, kind, name, known in named
        if name not in known
    ]


def _of_two_kinds(document: Document) -> Iterator[Fault]:
    """Words of interventions that would be of two kinds: of which one, nobody could say."""
    first: dict[str, str] = {}
    for kind, words in document.interventions.items():
        for place, word in enumerate((kind, *words)):
            other = first.setdefault(plain_word(word), kind)
            if other != kind:
                at = f"/interventions/{escape(kind)}" + (f"/{place - 1}" if place else "")
                yield Fault(
                    pointer=at,
                    message=f"{word!r} is a word of {other!r} too: leave it to one of them",
                    code="word_of_two_kinds",
                )


def _replaced_elsewhere(rules: RuleSet) -> Iterator[Fault]:
    """Criteria whose limit an exception replaces although it does not exempt from them."""
    for index, exception in enumerate(rules.exceptions):
        for name in exception.replaces:
            if not exception.bears_on(name):
                listed = ", ".join(exception.exempts_from or ())
                yield Fault(
                    pointer=f"/dlt/exceptions/{index}/replaces",
                    message=f"{exception.id!r} replaces the limit of {name!r} and does not exempt "
                    f"from it, only from {listed}: name {name!r} in exempts_from as well, or "
                    "leave it out of replaces",
                    code="replaced_elsewhere",
                )


_CONDITIONS: TypeAdapter[Any] = TypeAdapter(RuleSet)


def conditions_of(rules: RuleSet) -> list[tuple[str, Mapping[str, Any]]]:
    """Every condition of a rule set as an object, with a pointer to it."""
    found: list[tuple[str, Mapping[str, Any]]] = []

    def visit(value: Any, pointer: str) -> None:
        if isinstance(value, Mapping):
            found.append((pointer, value))
            for key, part in value.items():
                visit(part, f"{pointer}/{key}")
        elif isinstance(value, list | tuple):
            for index, part in enumerate(value):
                visit(part, f"{pointer}/{index}")

    dumped = _CONDITIONS.dump_python(rules, mode="json", by_alias=True)
    for part in ("counts", "criteria", "exceptions"):
        visit(dumped[part], f"/dlt/{part}")
    return found
