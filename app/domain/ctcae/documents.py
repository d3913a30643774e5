"""Reading a parsed JSON document whose parts may be missing or wrong, noting every fault."""

from collections.abc import Iterator, Mapping

from app.domain.errors import Fault


class Reader:
    """Takes typed parts out of a mapping; what is wrong is noted, not raised, and read as empty.

    Places are JSON pointers: "/terms/3/grades".
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, pointer: str, message: str) -> None:
        """Note that something is wrong at a place."""
        self.faults.append(Fault(pointer=pointer or "/", message=message))

    def text(self, part: Mapping[str, object], name: str, at: str = "") -> str:
        """A text that is not blank."""
        value = part.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.fault(f"{at}/{name}", f"is {value!r}, and should be a text")
        return ""

    def whole_number(self, part: Mapping[str, object], name: str, at: str) -> int:
        """A whole number; true and false are none."""
        value = part.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.fault(f"{at}/{name}", f"is {value!r}, and should be a whole number")
        return 0

    def flag(self, part: Mapping[str, object], name: str, at: str) -> bool:
        """True or false."""
        value = part.get(name)
        if isinstance(value, bool):
            return value
        self.fault(f"{at}/{name}", f"is {value!r}, and should be true or false")
        return False

    def texts(self, part: Mapping[str, object], name: str, at: str = "") -> tuple[str, ...]:
        """A list of texts."""
        value = part.get(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.fault(f"{at}/{name}", f"is {value!r}, and should be a list of texts")
        return ()

    def whole_numbers(self, part: Mapping[str, object], name: str, at: str) -> tuple[int, ...]:
        """A list of whole numbers."""
        value = part.get(name)
        if isinstance(value, list) and all(type(item) is int for item in value):
            return tuple(value)
        self.fault(f"{at}/{name}", f"is {value!r}, and should be a list of whole numbers")
        return ()

    def entries(
        self, part: Mapping[str, object], name: str, at: str = ""
    ) -> Iterator[tuple[str, Mapping[str, object]]]:
        """The mappings of a list, each with its place."""
        value = part.get(name)
        if not isinstance(value, list):
            self.fault(f"{at}/{name}", f"is {value!r}, and should be a list")
            return
        for number, entry in enumerate(value):
            place = f"{at}/{name}/{number}"
            if isinstance(entry, Mapping):
                yield place, entry
            else:
                self.fault(place, f"is {entry!r}, and should be an object")
