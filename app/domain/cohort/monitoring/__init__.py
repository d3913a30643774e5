"""Stopping rules that watch the safety of an expansion cohort or a phase II part."""
