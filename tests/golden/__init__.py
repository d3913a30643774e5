"""Trials' protocols, sentence by sentence, as tests."""
