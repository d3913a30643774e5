"""How many planted faults the tests of the engine find (docs/mutants.md)."""
