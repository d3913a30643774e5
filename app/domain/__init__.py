"""The pure core: time, courses, grades, rules and verdicts; no I/O, no clock, no ids."""
