"""Stand-ins for the model behind a judge: scripted, or one that knows the truth of scenes and errs at known rates."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence

from scotoma.ledger import Ledger
from scotoma.models.cached import CachedCalls, CallStore, MemoryCalls
from scotoma.models.chat import Account, Reply, Request
from scotoma.models.guard import Budget
from scotoma.records import Image
from scotoma.tabletop.oracle import ask, grade
from scotoma.tabletop.scene import Scene
from scotoma.verifiers.judge import JudgeCalls, JudgeSettings, JudgeVerifier
from scotoma.verifiers.judge.schemas import CHECKS

BLOCK = re.compile(r"----- begin ([0-9a-f]{16}) -----\n(.*)\n----- end \1 -----")
VALID = json.dumps({name: {"why": "so it is", "holds": True} for name in CHECKS})

Script = Callable[[Request, int], str | None]


def blocks(request: Request) -> list[str]:
    """The fenced texts of a prompt, in order."""
    return [found[2] for found in BLOCK.finditer(request.text)]


def outside(request: Request) -> str:
    """A prompt without what is fenced."""
    return BLOCK.sub("", request.text)


def invalid(name: str, why: str = "it does not") -> str:
    """A checklist on which one point fails."""
    return json.dumps({point: {"why": why, "holds": point != name} for point in CHECKS})


def own(answer: str, can_tell: bool = True) -> str:
    return json.dumps({"why": "seen", "can_tell": can_tell, "answer": answer})


def compared(verdict: str) -> str:
    return json.dumps({"why": "compared", "verdict": verdict})


def always(text: str | None) -> Script:
    return lambda request, seed: text


SAYS_VALID, SAYS_RED, SAYS_DIFFERENT = always(VALID), always(own("red")), always(compared("different"))
CANNOT_TELL = always(own("", False))


class ScriptedJudge:
    """Replies by a script for each kind of call; None fails. `asked` holds every request with its seed."""

    name = "scripted-judge"
    parameters: Mapping[str, str | int | float | bool | None] = {"temperature": 0.7}

    def __init__(
        self,
        validity: Script = SAYS_VALID,
        answer: Script = SAYS_RED,
        comparison: Script = SAYS_DIFFERENT,
        blind: Script = CANNOT_TELL,
    ) -> None:
        self._scripts = {"checklist": validity, "answer": answer, "comparison": comparison, "blind": blind}
        self.asked: list[tuple[str, Request, int]] = []

    def kinds(self) -> list[str]:
        """What was asked, in order."""
        return [kind for kind, _, _ in self.asked]

    def of(self, kind: str) -> list[Request]:
        """The requests of one kind."""
        return [request for asked, request, _ in self.asked if asked == kind]

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        replies = []
        for request in requests:
            kind = "blind" if request.picture is None else kind_of(request)
            self.asked.append((kind, request, seed))
            text = self._scripts[kind](request, seed)
            replies.append(Reply(text, None if text is not None else "timed out", 0.1, 0.001))
        return replies


def kind_of(request: Request) -> str:
    """checklist, answer or comparison: the title of the schema."""
    assert request.schema is not None
    title: str = request.schema["title"]
    return title


class SceneJudge:
    """A model that judges by the truth of scenes and errs: each rate is how often a call says the opposite.

    It errs alike on all votes of a question, as a model that cannot see does, so that the rates are those of the
    verifier too.
    """

    name = "scene-judge"
    parameters: Mapping[str, str | int | float | bool | None] = {"temperature": 0.7}

    def __init__(
        self,
        images: Sequence[Image],
        *,
        calls_valid_invalid: float = 0.0,
        calls_invalid_valid: float = 0.0,
        answers_wrongly: float = 0.0,
        takes_wrong_for_right: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._scenes = {image.id: Scene.from_truth(image.truth or {}) for image in images}
        self._rates = (calls_valid_invalid, calls_invalid_valid, answers_wrongly, takes_wrong_for_right)
        self._seed = seed

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        return [Reply(self._reply(request)) for request in requests]

    def _reply(self, request: Request) -> str:
        question, *texts = blocks(request)
        ruling = ask(question, self._scenes[request.image_id])
        no, yes, wrong, taken = self._rates
        match kind_of(request):
            case "checklist":
                errs = self._draws("valid", request.image_id, question) < (no if ruling.valid else yes)
                return VALID if ruling.valid != errs else invalid("answerable_from_image")
            case "answer":
                errs = self._draws("answer", request.image_id, question) < wrong
                return own("a walrus" if errs else (ruling.answer or "red"))
        reference, answer = texts
        correct = grade(ruling, answer)[0]
        if correct is None:
            return compared("no_answer")
        same = correct if reference == ruling.answer else False
        if not same and self._draws("compare", request.image_id, question + answer) < taken:
            same = True
        return compared("same" if same else "different")

    def _draws(self, *what: str) -> float:
        return random.Random(f"{self._seed}:{':'.join(what)}").random()


def judge(
    model: ScriptedJudge | SceneJudge,
    source: object,
    store: CallStore | Ledger | None = None,
    max_calls: int | None = None,
    **settings: float,
) -> JudgeVerifier:
    """A judge on a model."""
    calls = CachedCalls(store or MemoryCalls(), Budget(max_calls), "verifier")
    return JudgeVerifier(JudgeCalls(model, source, calls), JudgeSettings(**settings))  # type: ignore[arg-type]
