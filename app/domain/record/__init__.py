"""What the record keeps: kinds, findings on arrival, audit leaves, the cut of knowledge."""
