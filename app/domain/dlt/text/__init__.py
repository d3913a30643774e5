"""A protocol's rules as people read them: sentences beside the clauses that they come from."""
