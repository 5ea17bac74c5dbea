"""scene graph + object under every patch -> what each patch shows. The truth is exact, so supervision can be dense."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.tabletop.meshes import catalogue
from scotoma.tabletop.oracle.measures import HIDDEN_BELOW, WHOLE_ABOVE
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene

SIZE = 112
"""Side of a picture in pixels, as the minis see it."""
GRID = 8
"""Patches a side."""
CELLS = GRID * GRID
IGNORE = -100


def class_names() -> dict[str, list[str]]:
    """Classes of each head."""
    return {
        "category": ["table", *catalogue().categories],
        "colour": list(COLOURS),
        "material": list(MATERIALS),
        "size": list(SIZES),
        "facing": ["toward", "right", "away", "left"],
        "text": list(SIGN_WORDS),
        "hidden": ["no", "yes"],
    }


@dataclass(frozen=True)
class Labels:
    """classes: int8 (heads, N, CELLS), IGNORE where a head has nothing to say. places: float32 (N, CELLS, 2), u and
    depth of the object's centre. An object fills a patch where its colour is asked."""

    classes: NDArray[np.int8]
    places: NDArray[np.float32]

    def __getitem__(self, rows: NDArray[np.intp] | slice) -> Labels:
        return Labels(self.classes[:, rows], self.places[rows])


def labels_of(scenes: list[Scene], patches: NDArray[np.uint8]) -> Labels:
    """Per-patch labels from the object under each patch, `patches` (N, GRID, GRID)."""
    names = class_names()
    index = [{name: i for i, name in enumerate(values)} for values in names.values()]
    n = len(scenes)
    classes = np.full((len(names), n, CELLS), IGNORE, np.int8)
    places = np.zeros((n, CELLS, 2), np.float32)
    flat = patches.reshape(n, CELLS)
    classes[0][flat == 0] = 0
    for row, scene in enumerate(scenes):
        for item in scene.objects:
            cells = flat[row] == item.id
            if not cells.any():
                continue
            hidden = "yes" if item.visible < HIDDEN_BELOW else "no" if item.visible > WHOLE_ABOVE else None
            values = (item.category, item.colour, item.material, item.size, item.facing, item.text, hidden)
            for head, value in enumerate(values):
                if value is not None:
                    classes[head, row, cells] = index[head][value]
            places[row, cells] = (item.u, (item.depth - 1.2) / 1.5)
    return Labels(classes, places)


def patch_objects(ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Object of each patch (GRID, GRID) from an id picture: the largest, if objects cover a quarter of the patch."""
    side = ids.shape[0] // GRID
    cells = ids.reshape(GRID, side, GRID, side).transpose(0, 2, 1, 3).reshape(CELLS, side * side)
    counts = np.stack([np.bincount(cell, minlength=16) for cell in cells])
    counts[:, 0] = np.where(counts[:, 1:].sum(1) > 0.25 * side * side, 0, counts[:, 0])
    return counts.argmax(1).astype(np.uint8).reshape(GRID, GRID)
