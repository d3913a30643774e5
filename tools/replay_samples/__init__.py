"""Samples of adjudications: what this version answers, for later versions to answer again."""
