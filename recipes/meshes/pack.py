"""converted models -> pack.npz, index.json, LICENSE.CC0.txt and PROVENANCE.md, the same bytes each time."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meshes.convert import Packed
from meshes.library import Entry
from meshes.selection import CATEGORIES, FAMILIES, Choice

LICENCE = "CC0-1.0"
LICENCE_TEXT = """\
The meshes in pack.npz are in the public domain under CC0 1.0 Universal
(SPDX: CC0-1.0): https://creativecommons.org/publicdomain/zero/1.0/

They were made by authors of Blend Swap, released there under Creative Commons Zero, and cleaned and converted
to OBJ by Emmanuel Puybaret / eTeks for the library "Blend Swap CC-0" of Sweet Home 3D. PROVENANCE.md names
the source and the creator of each one. CC0 asks for no attribution; the names are given with thanks.

Changes made here: decimation, scaling, orientation, removal of see-through parts, and textures and colours
reduced to one luminance value per vertex. The changed meshes are released under CC0 1.0 too, without
warranties of any kind.
"""
PROVENANCE_HEAD = """\
# Where the meshes come from

All models are from the library "Blend Swap CC-0" of Sweet Home 3D, as Debian ships it in the package
`sweethome3d-furniture` (`BlendSwap-CC-0.sh3f`, SHA-256 `{digest}`).
`recipes/build_meshes.py` rebuilds the pack; it takes a model only where the notice in the model's own folder
says Creative Commons Zero.

| Model | Category | Source model | Creator | Blend Swap page | Licence |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Converted:
    """One finished model with its origin."""

    choice: Choice
    entry: Entry
    notice: str
    mesh: Packed


def write_pack(converted: Sequence[Converted], digest: str, folder: Path) -> None:
    """Write the four files into `folder`; `digest` is the library's SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{item.choice.model}/{name}": getattr(item.mesh, name)
        for item in converted
        for name in ("position", "normal", "luminance", "index")
    }
    np.savez_compressed(folder / "pack.npz", allow_pickle=False, **arrays)
    (folder / "index.json").write_text(_index_text(_index(converted)), encoding="utf-8")
    (folder / "LICENSE.CC0.txt").write_text(LICENCE_TEXT, encoding="utf-8")
    rows = "".join(map(_provenance_row, converted))
    (folder / "PROVENANCE.md").write_text(PROVENANCE_HEAD.format(digest=digest) + rows, encoding="utf-8")


def _index(converted: Sequence[Converted]) -> dict[str, object]:
    return {
        "format": 1,
        "families": {
            name: {"singular": singular, "plural": plural} for name, (singular, plural) in FAMILIES.items()
        },
        "categories": {
            name: {"plural": word.plural, "family": word.family, "synonyms": list(word.synonyms)}
            for name, word in CATEGORIES.items()
        },
        "models": [
            {
                "model": item.choice.model,
                "category": item.choice.category,
                "has_front": item.choice.has_front,
                "size": [round(extent, 4) for extent in item.mesh.size],
                "source": item.entry.source,
                "creator": item.entry.creator,
                "license": LICENCE,
            }
            for item in converted
        ],
    }


def _index_text(index: Mapping[str, object]) -> str:
    """JSON with one line a family, category and model, so that a diff shows what changed."""
    blocks = []
    for key, value in index.items():
        match value:
            case dict():
                rows = [f"{_json(name)}: {_json(row)}" for name, row in value.items()]
                block = "{\n  " + ",\n  ".join(rows) + "\n }"
            case list():
                block = "[\n  " + ",\n  ".join(_json(row) for row in value) + "\n ]"
            case _:
                block = _json(value)
        blocks.append(f" {_json(key)}: {block}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _provenance_row(item: Converted) -> str:
    page = re.search(r"blendswap\.com/blends/view/(\d+)", item.notice)
    link = f"[{page[1]}](http://www.blendswap.com/blends/view/{page[1]})" if page else "-"
    choice, entry = item.choice, item.entry
    return f"| {choice.model} | {choice.category} | {entry.source} | {entry.creator} | {link} | {LICENCE} |\n"
