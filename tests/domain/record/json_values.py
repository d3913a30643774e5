"""JSON values without floats, as hypothesis draws them."""

from typing import Any

from hypothesis import strategies as st

#: Characters at which encoders differ: control characters, quotes, DEL, the line separators,
#: the last of the basic plane and the first beyond it, whose order by UTF-16 is the other way.
CORNERS = '\x00\b\n\x1f"\\/\x7f\u2028\u2029\ue000\uffff\U00010000\U0010ffffaé'

texts = st.text(
    st.one_of(st.sampled_from(CORNERS), st.characters(exclude_categories=["Cs"])), max_size=6
)
whole_numbers = st.integers(-(2**53) + 1, 2**53 - 1)
scalars = st.one_of(st.none(), st.booleans(), whole_numbers, texts)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)
    ),
    max_leaves=12,
)
documents: st.SearchStrategy[dict[str, Any]] = st.dictionaries(texts, json_values, max_size=5)
