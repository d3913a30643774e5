"""Tests of the whole: cases and a protocol in, explained verdicts out."""
