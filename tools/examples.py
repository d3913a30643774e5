"""Write the examples of the description again: the story, told to a new service.

    python -m tools.examples

The same code writes the same file.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

from app.data.samples.exchanges import FILE
from tools.story import tell
from tools.telling import new_service

OUTPUT: Final = Path(__file__).parents[1] / "app" / "data" / "samples" / "exchanges" / FILE


def examples() -> str:
    """The story's exchanges as they are kept, without what is empty."""
    with new_service() as service:
        tell(service)
        kept = [
            {name: each for name, each in asdict(exchange).items() if each not in ({}, None)}
            for exchange in service.noted
        ]
    return json.dumps(kept, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(examples(), "utf-8")
