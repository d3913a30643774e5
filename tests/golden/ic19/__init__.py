"""The DLT definition of NCT06886919 (IC19), clause by clause."""
