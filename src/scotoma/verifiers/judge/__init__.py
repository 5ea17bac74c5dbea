"""Image + question + answer -> Verdict, by a vision-language model that does not trust what it reads.

- settings: votes, agreement, limits
- prompts: the texts, as files
- fencing: a text of others -> a block that it cannot leave
- schemas, parsing: what a reply may say; a reply -> a reading
- normalising: when two answers are plainly the same
- voting, polling: ballots -> a winner; tasks -> polls
- calling: through the store of finished calls, with one repair
- assessing: validity and own answer, before the candidate is asked
- verifier: the `Verifier`
"""

from scotoma.verifiers.judge.calling import ERROR, UNREADABLE, JudgeCalls
from scotoma.verifiers.judge.polling import UNSURE
from scotoma.verifiers.judge.settings import JudgeSettings
from scotoma.verifiers.judge.verifier import JudgeVerifier

__all__ = ["ERROR", "UNREADABLE", "UNSURE", "JudgeCalls", "JudgeSettings", "JudgeVerifier"]
