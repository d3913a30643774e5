"""A stateful model of the record: what a service of few lines would answer, step by step."""

import pytest

pytest.register_assert_rewrite("tests.model.acting", "tests.model.checks", "tests.model.machine")
