"""Dose-escalation designs: what is decided next, what may still be, which dose is the MTD."""
