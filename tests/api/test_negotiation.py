"""What `Accept` says, and in which type that is answered (RFC 9110, 12.5.1)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.errors import NotAcceptable
from app.api.negotiation import negotiated

JSON = "application/json"
CSV = "text/csv; charset=utf-8; header=present"
HTML = "text/html; charset=utf-8"
OFFERED = (JSON, CSV, HTML)


@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        ((), JSON),
        (("",), JSON),
        ((" , ",), JSON),
        (("*/*",), JSON),
        (("*",), JSON),
        (("application/*",), JSON),
        (("text/*",), CSV),
        (("text/csv",), CSV),
        (("TEXT/CSV",), CSV),
        (("text/html",), HTML),
        # of equals the first that is offered, however they are written down
        (("text/html, text/csv",), CSV),
        (("text/html, text/csv, application/json",), JSON),
        # both sides of a weight
        (("text/csv;q=0.5, text/html;q=0.501",), HTML),
        (("text/csv;q=0.5, text/html;q=0.5",), CSV),
        (("text/csv;q=0.5, text/html;q=0.499",), CSV),
        (("text/csv; Q=1.000, application/json;q=0.999",), CSV),
        # the most specific range tells, also where it likes less
        (("*/*, application/json;q=0.1",), CSV),
        (("text/*;q=0.9, text/csv;q=0.1, */*;q=0.2",), HTML),
        (("text/html;charset=utf-8;q=0.2, text/html, text/csv;q=0.3",), CSV),
        (("*/*, application/json;q=0",), CSV),
        (("*/*;q=0, text/html",), HTML),
        # parameters
        (("application/json;charset=utf-8",), JSON),
        (('text/csv; header="present"',), CSV),
        (("text/csv;header=absent, text/html",), HTML),
        (("application/json;version=2, text/html;q=0.1",), HTML),
        (("text/html;level=1;q=1, text/csv;q=0.1",), CSV),
        (("text/html;q=0.7;extension=1, text/csv;q=0.6",), HTML),
        # a field may stand more than once
        (("text/csv;q=0.1", "text/html"), HTML),
        # what browsers and old clients send
        (("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",), HTML),
        (("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",), HTML),
        # what cannot be read names nothing
        (("text/html;q=2, text/csv;q=0.1",), CSV),
        (("text/html;q=nan, text/csv;q=-1, */*;q=0.1",), JSON),
        (("text, text/, /html, text/html",), HTML),
        (('"text/csv, text/html',), None),
    ],
)
def test_the_client_is_answered_in_what_it_likes_best(
    accept: tuple[str, ...], answered: str | None
) -> None:
    if answered is None:
        with pytest.raises(NotAcceptable):
            negotiated(accept, OFFERED)
    else:
        assert negotiated(accept, OFFERED) == answered


@pytest.mark.parametrize(
    "accept",
    [
        "application/pdf",
        "application/problem+json",
        "text/csv;q=0",
        "*/*;q=0",
        "*/*;q=0.0, text/html;q=0.000",
        "text/csv;charset=latin-1",
        "nonsense",
    ],
)
def test_what_is_not_there_is_refused_with_what_is(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        negotiated((accept,), OFFERED)
    assert repr(accept) in str(refused.value)
    assert "application/json, text/csv or text/html" in str(refused.value)


NAMES = st.sampled_from(["*/*", "text/*", "text/csv", "text/html", JSON, "image/png"])
WEIGHTS = st.sampled_from(["0", "0.001", "0.5", "0.999", "1"])


@given(st.lists(st.tuples(NAMES, WEIGHTS), min_size=1, unique_by=lambda each: each[0]))
def test_no_answer_is_liked_less_than_another(ranges: list[tuple[str, str]]) -> None:
    weights = dict(ranges)

    def liked(offered: str) -> float:
        kind = offered.partition(";")[0]
        names = (kind, f"{kind.partition('/')[0]}/*", "*/*")
        return float(next((weights[name] for name in names if name in weights), "0"))

    most = max(map(liked, OFFERED))
    told = ", ".join(f"{name};q={weight}" for name, weight in ranges)
    if most == 0:
        with pytest.raises(NotAcceptable):
            negotiated((told,), OFFERED)
    else:
        first = next(each for each in OFFERED if liked(each) == most)
        assert negotiated((told,), OFFERED) == first


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_whatever_stands_there_is_answered_or_refused(accept: str) -> None:
    with suppress(NotAcceptable):
        assert negotiated((accept,), OFFERED) in OFFERED
