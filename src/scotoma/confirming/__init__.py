"""Claims of discovery + images it never saw -> what holds: confirmed, refuted, or undecided.

- claims: modes into claims, and their state into JSON
- fresh: new questions of a claim, and of what it is held against
- rounds: asks where a claim is least certain, until all are decided or the budget is spent
- repeats: failures asked again and reworded
- pairs: one edit of the scene that flips the outcome
"""
