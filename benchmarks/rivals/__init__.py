"""Other ways to judge the same events by the same rules, for comparison."""
