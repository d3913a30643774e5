"""The whole: a case, a protocol and a dictionary make an adjudication."""
