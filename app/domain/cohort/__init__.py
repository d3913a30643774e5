"""Dose-escalation designs: what is decided next, what may still be decided, which dose is the MTD."""
