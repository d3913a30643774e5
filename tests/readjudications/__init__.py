"""Everything is judged again: what comes out otherwise, and that nothing else does."""
