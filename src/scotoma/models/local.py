"""directory or hub id -> ChatModel: a vision-language model in this process, through transformers.

The same path loads the shipped mini models, a questioner trained here, Idefics3, SmolVLM or Qwen2.5-VL.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scotoma.errors import ModelError
from scotoma.models.chat import Account, Parameters, Reply, Request
from scotoma.models.needs import misfit, processor_needs
from scotoma.models.pixels import cache_pixels

if TYPE_CHECKING:
    import torch

DTYPES = ("auto", "float32", "float16", "bfloat16")


class LocalChat:
    """A loaded model; made by `load_local`. It cannot be held to the schema of a request, and leaves it out.

    temperature:    0 = greedy, else sampled from the whole distribution (no top-k, no nucleus).
    batch_size:     requests generated together.
    """

    def __init__(
        self,
        name: str,
        model: Any,
        processor: Any,
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        batch_size: int = 64,
    ) -> None:
        self._name = name
        self.model = model
        self.processor = processor
        self._max_new_tokens = max_new_tokens
        self._temperature = temperature
        self._batch_size = batch_size
        self._prompts: dict[tuple[str, bool], str] = {}
        self._placeholders = _placeholders(model, processor)
        cache_pixels(processor)

    @property
    def name(self) -> str:
        """The SPEC that it was made from."""
        return self._name

    @property
    def parameters(self) -> Parameters:
        """What changes a reply: generation settings and precision."""
        return {
            "max_new_tokens": self._max_new_tokens,
            "temperature": self._temperature,
            "dtype": str(self.model.dtype).removeprefix("torch."),
        }

    def sampling_with(self, *, max_new_tokens: int, temperature: float) -> LocalChat:
        """The same loaded model with other generation settings."""
        return LocalChat(
            self._name,
            self.model,
            self.processor,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            batch_size=self._batch_size,
        )

    async def reply(
        self, requests: Sequence[Request], *, seed: int = 0, account: Account | None = None
    ) -> list[Reply]:
        """Generate for all requests, batch by batch; the caller's random state is left as it was.

        Tokens are not told: nobody pays for them. account: told nothing, for the same reason.
        """
        counted = self.generate(requests, seed=seed)
        return [Reply(reply.text, latency_s=reply.latency_s) for reply in counted]

    def generate(self, requests: Sequence[Request], *, seed: int = 0) -> list[Reply]:
        """What `reply` does, with the tokens of each request counted."""
        import torch

        replies: dict[int, Reply] = {}
        # Cuda states are copied only where the model lives there: forking them would start CUDA otherwise.
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(seed)
            for indices in self._batches(requests):
                start_s = time.perf_counter()
                generated = self._generate([requests[index] for index in indices])
                latency_s = (time.perf_counter() - start_s) / len(indices)
                for index, (text, *tokens) in zip(indices, generated, strict=True):
                    replies[index] = Reply(text, None, latency_s, 0.0, *tokens)
        return [replies[index] for index in range(len(requests))]

    def _batches(self, requests: Sequence[Request]) -> Iterator[list[int]]:
        """Indices by length of text, so that little of a batch is padding; with and without picture apart."""
        order = sorted(range(len(requests)), key=lambda index: (len(requests[index].text), index))
        for blind in (False, True):
            some = [index for index in order if (requests[index].picture is None) is blind]
            for start in range(0, len(some), self._batch_size):
                yield some[start : start + self._batch_size]

    def _generate(self, requests: Sequence[Request]) -> list[tuple[str, int, int]]:
        """Texts, prompt tokens, completion tokens."""
        import torch
        from jinja2 import TemplateError

        try:
            blind = requests[0].picture is None  # all or none: see `_batches`
            inputs = self.processor(
                images=None if blind else [[request.picture] for request in requests],
                text=[self._prompt(request) for request in requests],
                padding=True,
                padding_side="left",
                return_tensors="pt",
            ).to(self.model.device, dtype=self.model.dtype)
            with torch.inference_mode():
                tokens = self.model.generate(**inputs, **self._sampling())
        except (RuntimeError, ValueError, IndexError, TypeError, TemplateError) as error:
            raise ModelError(f"{self.name}: generation failed: {_first_line(error)}") from error
        new_tokens: torch.Tensor = tokens[:, inputs["input_ids"].shape[1] :]
        texts: list[str] = self.processor.batch_decode(new_tokens, skip_special_tokens=True)
        prompt_tokens = inputs["attention_mask"].sum(dim=1).tolist()
        completion_tokens = (new_tokens != self.processor.tokenizer.pad_token_id).sum(dim=1).tolist()
        return [
            (text.strip(), *tokens)
            for text, *tokens in zip(texts, prompt_tokens, completion_tokens, strict=True)
        ]

    def _sampling(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "max_new_tokens": self._max_new_tokens,
            "pad_token_id": self.processor.tokenizer.pad_token_id,
            # An image token in the reply would be taken for a picture when it is read again.
            "suppress_tokens": [self.model.config.image_token_id],
        }
        if self._temperature == 0.0:
            # The sampling fields are named, since a model's own generation_config may hold some.
            return options | {"do_sample": False, "temperature": 1.0, "top_p": 1.0, "top_k": 50}
        return options | {"do_sample": True, "temperature": self._temperature, "top_p": 1.0, "top_k": 0}

    def _prompt(self, request: Request) -> str:
        # Not every chat template has a system role: what is told first stands at the head of the turn.
        text = request.text if request.system is None else f"{request.system}\n\n{request.text}"
        blind = request.picture is None
        prompt = self._prompts.get((text, blind))
        if prompt is None:
            picture = [] if blind else [{"type": "image"}]
            told = text
            for token in self._placeholders:
                # A text that happens to hold one would stand for a picture that is not there.
                told = told.replace(token, f"{token[0]} {token[1:]}")
            turn = {"role": "user", "content": [*picture, {"type": "text", "text": told}]}
            prompt = self.processor.apply_chat_template([turn], add_generation_prompt=True, tokenize=False)
            if len(self._prompts) < 100_000:
                self._prompts[text, blind] = prompt
        return prompt


def _placeholders(model: Any, processor: Any) -> list[str]:
    """The tokens that stand for a picture or a video in a prompt, as texts."""
    ids = (model.config.image_token_id, getattr(model.config, "video_token_id", None))
    return [processor.tokenizer.convert_ids_to_tokens(token_id) for token_id in ids if token_id is not None]


def load_local(
    name: str,
    source: str | Path,
    *,
    max_new_tokens: int,
    temperature: float = 0.0,
    batch_size: int = 64,
    dtype: str = "auto",
    device: str = "auto",
) -> LocalChat:
    """Load a model and its processor for inference.

    source: a directory or a hub id.  dtype: one of DTYPES; auto = float32 on a CPU, bfloat16 on CUDA.
    device: a torch device; auto = cuda if there is one.  Raises ModelError.
    """
    model, processor = load_model_and_processor(name, source, dtype=dtype, device=device)
    model.eval()
    return LocalChat(
        name, model, processor, max_new_tokens=max_new_tokens, temperature=temperature, batch_size=batch_size
    )


def load_model_and_processor(
    name: str, source: str | Path, *, dtype: str = "auto", device: str = "auto"
) -> tuple[Any, Any]:
    """(model, processor), the model on its device and the processor padding on the left. Raises
    ModelError."""
    import torch
    import transformers

    if dtype not in DTYPES:
        raise ModelError(f"{name}: unknown dtype {dtype!r}: use one of {', '.join(DTYPES)}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if dtype == "auto":
        dtype = "bfloat16" if device.startswith("cuda") else "float32"
    _require_folder(name, source)
    # Its annotations are partial: what comes from it is checked by use.
    library: Any = transformers
    library.utils.logging.disable_progress_bar()
    try:
        processor = library.AutoProcessor.from_pretrained(source)
        model = library.AutoModelForImageTextToText.from_pretrained(source, dtype=getattr(torch, dtype))
        model = model.to(device)
    except _loading_errors() as error:
        _require_packages(name, source, error)
        raise ModelError(f"{name}: cannot be loaded from {source}: {_first_line(error)}") from error
    tokenizer = getattr(processor, "tokenizer", None)
    if tokenizer is None or not getattr(processor, "chat_template", None):
        raise ModelError(
            f"{name}: {source} has no chat template or no tokenizer: name a vision-language chat model"
        )
    if getattr(model.config, "image_token_id", None) is None:
        raise ModelError(f"{name}: {source} has no token for pictures: name a vision-language chat model")
    tokenizer.padding_side = "left"
    return model, processor


def require_model(name: str, source: str | Path) -> None:
    """Read the configuration, to tell early that there is no such model or that its processor needs a package that
    is not there. Raises ModelError."""
    import transformers

    _require_folder(name, source)
    library: Any = transformers
    try:
        if processor_needs(source).missing:
            # The folder may name another processor than the one for its kind of model: loading it tells.
            library.AutoProcessor.from_pretrained(source)
    except _loading_errors() as error:
        _require_packages(name, source, error)
        raise ModelError(f"{name}: cannot be loaded from {source}: {_first_line(error)}") from error


def _require_packages(name: str, source: str | Path, error: BaseException) -> None:
    """Say what to install if that is why a model could not be loaded. Raises ModelError."""
    told = misfit()
    if told is None and re.search("torchvision|num2words", str(error), re.IGNORECASE):
        needs = processor_needs(source)
        told = needs.told if needs.missing else None
    if told is not None:
        raise ModelError(f"{name}: cannot be loaded from {source}: {told}") from error


def _loading_errors() -> tuple[type[Exception], ...]:
    """What a folder that is no model, or a broken one, makes the libraries raise."""
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError

    return (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError, StrictDataclassError)


def _require_folder(name: str, source: str | Path) -> None:
    """What is written as a path must be one: it would be looked for on the hub otherwise."""
    path = str(source)
    if path.startswith(("/", "./", "../", "~")) and not Path(path).is_dir():
        raise ModelError(f"{name}: cannot be loaded from {path}: there is no such folder: correct the path")


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
