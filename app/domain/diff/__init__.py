"""Two versions of a protocol compared: what was changed, and which verdicts differ."""
