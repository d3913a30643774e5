"""Doseguard: dose-limiting toxicity verdicts, adjudicated from the protocol and explained."""
