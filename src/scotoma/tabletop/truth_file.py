"""truth.jsonl -> file names with their scene graphs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scotoma.errors import ImagesError
from scotoma.tabletop.scene import Scene


def truth_rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(file name, scene graph) of each line; nothing if there is no such file.

    Raises ImagesError with the line that cannot be read.
    """
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                Scene.from_truth(row["truth"])
                file = str(row["file"])
            except (ValueError, KeyError, TypeError) as error:
                raise ImagesError(
                    f"{path}, line {number}: not a truth row of `scotoma images` ({error!r})"
                ) from error
            yield file, row["truth"]
