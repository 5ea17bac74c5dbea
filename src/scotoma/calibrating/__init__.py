"""Images with truth + a verifier -> what it made of questions and answers whose truth is known.

- asking: image + dice -> valid and invalid questions; right, wrong and hedged answers
- judging: what a verifier says of them

The figures are `analysis.calibration`.
"""

from scotoma.calibrating.asking import Posed, pose
from scotoma.calibrating.judging import judge_all

__all__ = ["Posed", "judge_all", "pose"]
