"""A slow, obvious adjudicator, written from the design alone, against which the core is checked.

It enumerates complete records that a partial record may be, and judges each as a step function,
run by run and clause by clause.
"""
