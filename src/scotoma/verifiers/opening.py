"""verifier SPEC -> a verifier that is opened and checked, and judges once the run's ledger is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from scotoma.errors import SpecError
from scotoma.images.source import ImageSource
from scotoma.models.cached import CachedCalls, CallStore
from scotoma.models.chat import ChatModel
from scotoma.models.guard import Budget
from scotoma.models.opening import open_model
from scotoma.records import Image
from scotoma.specs import Compatible, Exact, HuggingFace, parse_verifier
from scotoma.verifiers.exact import ExactVerifier
from scotoma.verifiers.judge import JudgeCalls, JudgeSettings, JudgeVerifier
from scotoma.verifiers.protocol import Verifier

VERIFIER_CALLS = "verifier"
"""Under what the ledger files the calls of a verifier."""

SECOND_CALLS = "verifier:second"
"""Under what it files those of a second verifier."""


class OpenedVerifier(Protocol):
    """A verifier that is ready but for the place where its calls are kept."""

    def require(self, image: Image) -> None:
        """Raise ImagesError if it cannot judge images like this one."""
        ...

    def bind(self, store: CallStore, budget: Budget, role: str = VERIFIER_CALLS) -> Verifier:
        """The verifier. store: keeps its finished calls. budget: what they are charged to, the verifier's own.

        role: under what they are filed.
        """
        ...


class OpenedExact:
    """The oracle; it calls no model."""

    def require(self, image: Image) -> None:
        """Raise ImagesError if the image has no scene graph."""
        ExactVerifier().require(image)

    def bind(self, store: CallStore, budget: Budget, role: str = VERIFIER_CALLS) -> Verifier:
        """A verifier with nothing to keep and nothing to pay."""
        return ExactVerifier()


@dataclass(frozen=True, slots=True)
class OpenedJudge:
    """A model as verifier."""

    model: ChatModel
    source: ImageSource
    settings: JudgeSettings

    def require(self, image: Image) -> None:
        """Nothing is required of an image."""

    def bind(self, store: CallStore, budget: Budget, role: str = VERIFIER_CALLS) -> Verifier:
        """The judge, its calls filed under the role."""
        calls = CachedCalls(store, budget, role)
        return JudgeVerifier(JudgeCalls(self.model, self.source, calls), self.settings)


def verifier_from_spec(
    text: str,
    source: ImageSource,
    settings: JudgeSettings,
    *,
    max_new_tokens: int,
    temperature: float,
) -> OpenedVerifier:
    """The verifier that a SPEC names, its model loaded or ready to be called.

    source: where the pictures are.
    settings, max_new_tokens (longest reply, tokens), temperature: of a judge; `exact` has no use for them.
    Raises SpecError, also where several votes would be sampled at temperature 0; ModelError.
    """
    match parse_verifier(text):
        case Exact():
            return OpenedExact()
        case HuggingFace() | Compatible() as spec:
            if settings.votes > 1 and temperature == 0.0:
                raise SpecError(
                    f"judge_votes = {settings.votes} at judge_temperature = 0 asks the same thing {settings.votes} "
                    "times: raise the temperature, or set judge_votes = 1"
                )
            model = open_model(spec, max_new_tokens=max_new_tokens, temperature=temperature)
            return OpenedJudge(model, source, settings)
