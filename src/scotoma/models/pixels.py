"""picture -> pixel tensor, computed once: a cache in front of a Hugging Face image processor.

GRPO shows one picture to a whole group of questions, and TRL prepares it twice for each of them. Preparing
costs about a millisecond, so that without the cache it would be a tenth of a step of a small model.
"""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PIL import Image as Picture

if TYPE_CHECKING:
    import torch
    from transformers import ProcessorMixin

CAPACITY = 4096
"""Pictures kept; a tensor of 3 x 112 x 112 floats takes 150 kB."""


class CachedImageProcessor:
    """Stands in for `processor.image_processor`: same call, each picture prepared once.

    Only correct where the batch is the stack of its pictures prepared one by one: see `stacks`.
    """

    def __init__(self, inner: Any, capacity: int = CAPACITY) -> None:
        self._inner = inner
        self._capacity = capacity
        self._pixels: OrderedDict[bytes, torch.Tensor] = OrderedDict()

    def __call__(self, images: Any, return_tensors: str | None = "pt", **options: Any) -> Any:
        """pixel_values: (N, C, H, W), in the order of the pictures, nested lists flattened."""
        import torch
        from transformers import BatchFeature

        salt = repr(sorted(options.items())).encode()
        pixels = [self._prepared(picture, salt, options) for picture in _flat(images)]
        return BatchFeature({"pixel_values": torch.stack(pixels)}, tensor_type=return_tensors)

    def __getattr__(self, name: str) -> Any:
        # Sizes, `fetch_images` and whatever else a library asks for are the inner processor's business.
        if name == "_inner":  # not there yet while a copy is being made
            raise AttributeError(name)
        return getattr(self._inner, name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        # A processor copies its parts when it is saved: what is written is the plain image processor.
        return copy.deepcopy(self._inner, memo)

    def _prepared(self, picture: Picture.Image, salt: bytes, options: dict[str, Any]) -> torch.Tensor:
        key = _content_key(picture, salt)
        known = self._pixels.get(key)
        if known is not None:
            self._pixels.move_to_end(key)
            return known
        pixels: torch.Tensor = self._inner([picture], return_tensors="pt", **options)["pixel_values"][0]
        self._pixels[key] = pixels
        if len(self._pixels) > self._capacity:
            self._pixels.popitem(last=False)
        return pixels


def stacks(image_processor: Any) -> bool:
    """Is a batch exactly the stack of its pictures prepared one by one (SigLIP, CLIP), as the cache needs?

    False where pictures are tiled, padded to one another or come with sizes of their own (Qwen2.5-VL,
    SmolVLM).
    """
    import torch

    pictures = [Picture.linear_gradient("L").convert("RGB").resize(size) for size in ((48, 32), (40, 64))]
    together = image_processor(pictures, return_tensors="pt")
    alone = [image_processor([picture], return_tensors="pt") for picture in pictures]
    if any(set(features) != {"pixel_values"} for features in (together, *alone)):
        return False
    pixels = [features["pixel_values"] for features in alone]
    if any(tensor.ndim != 4 or tensor.shape[0] != 1 or tensor.shape != pixels[0].shape for tensor in pixels):
        return False
    return bool(torch.equal(together["pixel_values"], torch.cat(pixels)))


def cache_pixels(processor: ProcessorMixin, capacity: int = CAPACITY) -> bool:
    """Put the cache in front of the processor's image processor where it is exact. Says whether it did."""
    if isinstance(processor.image_processor, CachedImageProcessor):
        return True
    if not stacks(processor.image_processor):
        return False
    processor.image_processor = CachedImageProcessor(processor.image_processor, capacity)
    return True


def uncached(processor: ProcessorMixin) -> ProcessorMixin:
    """Take the cache away again, so that the processor can be saved as it was loaded."""
    if isinstance(processor.image_processor, CachedImageProcessor):
        processor.image_processor = processor.image_processor._inner
    return processor


def _content_key(picture: Picture.Image, salt: bytes) -> bytes:
    digest = hashlib.blake2b(salt, digest_size=16)
    digest.update(f"{picture.mode}{picture.size}".encode())
    digest.update(picture.tobytes())
    return digest.digest()


def _flat(images: Any) -> Iterator[Picture.Image]:
    if isinstance(images, Picture.Image):
        yield images
    else:
        for image in images:
            yield from _flat(image)
