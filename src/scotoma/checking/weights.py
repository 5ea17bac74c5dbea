"""`mini`, `hf:DIR-OR-ID`, a run folder -> Checked: the model is loaded into this process and asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scotoma.candidate import SHORT_ANSWER
from scotoma.checking import asking
from scotoma.checking.findings import Bill, Checked, Finding, Kind, Weights
from scotoma.errors import AssetError, ModelError
from scotoma.models.local import LocalChat, load_local, require_model
from scotoma.models.mini import MINI_KINDS, mini_path
from scotoma.models.needs import processor_needs
from scotoma.models.pixels import uncached
from scotoma.questioners import prompts
from scotoma.questioners.policy import weights_of
from scotoma.specs import HuggingFace, Mini, TrainedIn
from scotoma.training.grpo import FULL_BELOW
from scotoma.training.inputs import unknown_inputs

TOKENS = 32
"""Longest reply, tokens."""

_SCHEMA = Finding(False, "not by weights in this process: a verifier's replies are read as they come")
_USAGE = Finding(None, "not counted: calls in this process cost nothing")
_LOGPROBS = Finding(True, "in this process, as training takes them")


def check_weights(spec: Mini | HuggingFace | TrainedIn) -> Checked:
    """Load a model and ask it about the picture. Raises nothing that a model can be the cause of: it is told."""
    kind: Kind = "run" if isinstance(spec, TrainedIn) else "weights"
    shown = str(spec)
    try:
        source, question, about = _meant(spec)
        require_model(shown, source)
        needs = torchvision(source)
        given = spec if isinstance(spec, HuggingFace) else HuggingFace(str(source))
        model = load_local(
            shown, source, max_new_tokens=TOKENS, dtype=given.dtype or "auto", device=given.device or "auto"
        )
        (reply,) = model.generate([asking.request(question)])
        sampling = model.sampling_with(max_new_tokens=TOKENS, temperature=1.0)
        samples = sampling.generate([asking.request(asking.OPEN_QUESTION)] * asking.SAMPLES)
    except (ModelError, AssetError) as error:
        return Checked(shown, kind, "", False, str(error).removeprefix(f"{shown}: "))
    return Checked(
        shown,
        kind,
        about,
        True,
        question=question,
        answer=reply.text,
        sees=Finding(bool(reply.text)) if isinstance(spec, TrainedIn) else asking.seen(reply),
        schema=_SCHEMA,
        usage=_USAGE,
        samples=asking.varied([sample.text for sample in samples]),
        logprobs=_LOGPROBS,
        bill=Bill(0.0, 0.0, reply.latency_s, 1 + asking.SAMPLES, None, 0.0),
        weights=_described(model, needs),
    )


def _meant(spec: Mini | HuggingFace | TrainedIn) -> tuple[str | Path, str, str]:
    """Where the weights lie, what they are asked, what they are. Raises ModelError, AssetError."""
    match spec:
        case Mini(""):
            mini_path("questioner")
            about = "the mini-candidate; as questioner, `mini` is the mini-questioner, of the same size"
            return mini_path("candidate"), asking.QUESTION, about
        case Mini(kind):
            return (
                mini_path("candidate", kind),
                asking.QUESTION,
                f"the mini-candidate that {MINI_KINDS[kind]}",
            )
        case TrainedIn(run_dir):
            return (
                weights_of(Path(run_dir)),
                prompts.load("base"),
                "a questioner; what it answers is its question",
            )
        case HuggingFace(name):
            question = SHORT_ANSWER.replace("{question}", asking.QUESTION)
            return name, question, "a model that transformers loads"


def _described(model: LocalChat, needs: Finding) -> Weights:
    parameters = sum(parameter.numel() for parameter in model.model.parameters())
    processor = uncached(model.processor)
    return Weights(
        model=type(model.model).__name__,
        parameters=parameters,
        dtype=str(model.model.dtype).removeprefix("torch."),
        device=str(model.model.device),
        image_processor=type(processor.image_processor).__name__,
        trainable=_trainable(processor, parameters),
        torchvision=needs,
    )


def _trainable(processor: Any, parameters: int) -> Finding:
    """Could engine `grpo` train it? It can be asked, so what is left is whether TRL knows what its processor makes."""
    turn = {"role": "user", "content": [{"type": "image"}, {"type": "text", "text": asking.QUESTION}]}
    prompt = processor.apply_chat_template([turn], add_generation_prompt=True, tokenize=False)
    inputs = processor(images=[[asking.picture()]], text=[prompt], return_tensors="pt")
    unknown = unknown_inputs(inputs)
    if unknown:
        return Finding(False, f"TRL does not know its input {', '.join(unknown)}")
    how = "all weights" if parameters < FULL_BELOW else "through an adapter (LoRA)"
    return Finding(True, f"{how}; nothing was trained to see it")


def torchvision(source: str | Path) -> Finding:
    """Does the processor of a model that `require_model` has passed need torchvision?

    Not where it is missing: the folder then names another processor than the one for its kind of model.
    """
    needs = processor_needs(source)
    return Finding(True, "needed and there" if needs.packages and not needs.missing else "not needed")
