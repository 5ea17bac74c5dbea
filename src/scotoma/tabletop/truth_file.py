"""truth.jsonl -> file name -> scene graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scotoma.errors import ImagesError
from scotoma.tabletop.scene import Scene


def read_truth(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """Truth by file name; empty if there is no such file. Raises ImagesError with the line that cannot be read."""
    if not path.exists():
        return {}
    truth: dict[str, Mapping[str, Any]] = {}
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                Scene.from_truth(row["truth"])
                truth[str(row["file"])] = row["truth"]
            except (ValueError, KeyError, TypeError) as error:
                raise ImagesError(
                    f"{path}, line {number}: not a truth row of `scotoma images` ({error!r})"
                ) from error
    return truth
