"""Files of other systems: bytes become rows, rows become records. No database."""
