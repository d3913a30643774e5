"""One term of a dictionary, or of a protocol: facts only."""

from dataclasses import dataclass
from typing import Literal

from app.domain.ctcae.errors import BadTerm

GRADES = (1, 2, 3, 4, 5)
_OTHER = " - Other, specify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A name for an adverse event, and which grades of it exist.

    `code` is the MedDRA lowest level term that NCI prints, None for most of a protocol's own
    terms. `laboratory` says whether the term is a laboratory finding when a report is silent.

    Raises BadTerm for a name without letters and for grades that are not a rising choice of
    1 to 5.
    """

    code: int | None
    name: str
    organ_class: str | None
    grades: tuple[int, ...]
    laboratory: bool
    origin: Literal["ctcae", "protocol"]

    def __post_init__(self) -> None:
        if not self.name or self.name != " ".join(self.name.split()):
            raise BadTerm(
                f"Name {self.name!r} is not a term's name: write words, one space apart."
            )
        if not self.grades or self.grades != tuple(g for g in GRADES if g in self.grades):
            raise BadTerm(
                f"Grades {list(self.grades)} of {self.name!r} do not exist: "
                "write each of 1 to 5 that the term has once, in rising order."
            )

    def has_grade(self, grade: int) -> bool:
        """Whether the grade exists for this term.

        CTCAE knows no grade 0; ours means "looked for and absent", which every term can be.
        """
        return grade == 0 or grade in self.grades

    @property
    def is_other(self) -> bool:
        """Whether this is an organ class's "Other, specify"."""
        return self.name.endswith(_OTHER)


def protocol_term(
    name: str, *, grades: tuple[int, ...] = GRADES, laboratory: bool = False
) -> Term:
    """A term of a protocol's own, such as ICANS, which CTCAE 5.0 does not have.

    Raises BadTerm as Term does.
    """
    return Term(
        code=None,
        name=name,
        organ_class=None,
        grades=grades,
        laboratory=laboratory,
        origin="protocol",
    )
