"""Names as parts of a JSON pointer (RFC 6901)."""


def escape(name: str) -> str:
    """A name as a pointer writes it."""
    return name.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """A name as it is, from how a pointer writes it."""
    return part.replace("~1", "/").replace("~0", "~")
