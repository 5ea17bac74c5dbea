"""Question + Scene -> Ruling: the exact oracle of the tabletop.

- truth: three-valued logic, True, False, or a doubt with its cause
- measures: what holds of one object or between two, and by what margin
- membership: which objects a noun phrase means
- giveaway: does the wording answer the question
- sets, singles: the answers
- ruling: ask, judge, grade
"""

from scotoma.tabletop.oracle.ruling import REASONS, Ruling, ask, grade, judge

__all__ = ["REASONS", "Ruling", "ask", "grade", "judge"]
