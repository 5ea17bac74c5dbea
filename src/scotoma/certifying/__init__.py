"""An engine + planted candidates -> is what is planted found again, and nothing else?

- suite: a folder of planted candidates, and what each has planted
- scoring: confirmed claims against what was planted
- running: a run for each candidate
"""
