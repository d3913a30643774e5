"""ASTCT 2019 consensus grading of CRS and ICANS, and the ICE score.

Source: Lee DW et al., Biol Blood Marrow Transplant 2019;25:625-638,
doi:10.1016/j.bbmt.2018.12.758. Rule ids (CRS-R1, IC-R1, …) are explained in
docs/grading-crs-icans.md; sentences are our own.
"""
