"""Lists in pages: a limit, a cursor, and where the list goes on."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Query, Request, Response

Limit = Annotated[int, Query(ge=1, le=200, description="How many items a page holds at most.")]
After = Annotated[
    str | None,
    Query(max_length=200, description="Where to go on; `next` of the page before holds it."),
]


def link_next(request: Request, response: Response, after: str | None) -> str | None:
    """The same question from the cursor on, also as a Link header; None at the list's end."""
    if after is None:
        return None
    asked = {**request.query_params, "after": after}
    url = f"{quote(request.url.path)}?{urlencode(asked, quote_via=quote)}"
    response.headers["Link"] = f'<{url}>; rel="next"'
    return url
