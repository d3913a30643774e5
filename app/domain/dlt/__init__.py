"""The rule language of a protocol and its one evaluator."""
