"""Tests of the rule language and its evaluator."""
