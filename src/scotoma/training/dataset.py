"""positions of discover images -> the dataset that TRL walks: prompt, picture and position, opened when
needed.

Row k is the k-th image to ask about. The order is fixed here, once for the whole run, so that a resumed run,
or one resumed for longer, goes through the same images.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scotoma.images.source import ImageSource
from scotoma.images.split import Split
from scotoma.probing import Stopwatch

if TYPE_CHECKING:
    from datasets import Dataset


def training_rows(split: Split, source: ImageSource, prompt: str, rows: int, stopwatch: Stopwatch) -> Dataset:
    """`rows` rows of prompt (conversational), image (a picture) and position; rendering counts as stage
    "render"."""
    from datasets import Dataset

    return Dataset.from_dict({"position": list(range(rows))}).with_transform(
        _Rows(split, source, prompt, stopwatch)
    )


class _Rows:
    """Turns a batch of positions into rows."""

    def __init__(self, split: Split, source: ImageSource, prompt: str, stopwatch: Stopwatch) -> None:
        self._split = split
        self._source = source
        self._prompt = prompt
        self._stopwatch = stopwatch

    def __reduce__(self) -> tuple[Any, ...]:
        # `datasets` pickles a transform to fingerprint it; a source with its processes and locks cannot be.
        return (str, (f"{self._source.name} {self._prompt}",))

    def __call__(self, batch: dict[str, list[int]]) -> dict[str, list[Any]]:
        positions = batch["position"]
        with self._stopwatch.stage("render"):
            # The sampler repeats each position for the whole group.
            pictures = {position: self._picture(position) for position in dict.fromkeys(positions)}
        return {
            "prompt": [[{"role": "user", "content": self._prompt}] for _ in positions],
            "image": [pictures[position] for position in positions],
            "position": positions,
        }

    def _picture(self, position: int) -> Any:
        return self._source.picture(self._split.discover(position))
