"""Runs -> what they found for equal budgets, side by side.

- reading: a run's folder, as far as it is compared
- figures: one row a run, its discovery cut to the calls that all runs have
- differences: failure rates of two runs on the same candidate, paired by image
- sharing: the confirmed modes of all runs, which are shared and which are one's own
- comparing: the three together
- cells, matrix: every questioner asked of every candidate
"""
