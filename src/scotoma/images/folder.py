"""A folder of pictures -> entries, by name, whatever lies in its subfolders too.

Symbolic links are followed; a folder is walked once, however many links and loops lead to it.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.decode import SUFFIXES, decode
from scotoma.images.shelf import Listing, scratch
from scotoma.images.source import Skips
from scotoma.tabletop.truth_file import truth_rows


class FolderEntries:
    """All pictures under a folder. With a `truth.jsonl` of `scotoma images tabletop`, they carry its truth.

    Raises ImagesError if the folder is missing, is not one, cannot be listed, or has a broken truth.jsonl.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.exists():
            raise ImagesError(f"image folder {folder} does not exist")
        if not folder.is_dir():
            raise ImagesError(f"{folder} is a file, not a folder of images")
        self.skips = Skips()
        self._folder = folder
        self._truth = _Truth(folder / "truth.jsonl")
        self._names = Listing(_walk(folder, SUFFIXES, self.skips), in_order=True)

    def __len__(self) -> int:
        return len(self._names)

    def uri(self, index: int) -> str:
        """The path relative to the folder, with slashes."""
        return self._names[index]

    def load(self, uri: str) -> Picture.Image:
        """The picture of a file."""
        return decode(self._folder / uri)

    def truth(self, uri: str) -> Mapping[str, Any] | None:
        """From truth.jsonl."""
        return self._truth.get(uri)

    def close(self) -> None:
        """Delete the listing."""
        self._names.close()
        self._truth.close()


def open_folder(folder: Path, name: str | None = None) -> Album:
    """A folder as an image source. name: as it was asked for. Raises ImagesError if it holds no readable picture."""
    album = Album(name or str(folder), FolderEntries(folder))
    album.require_any(f"no readable image in {folder} (looked for {', '.join(SUFFIXES)})")
    return album


def has_pictures(folder: Path) -> bool:
    """Does any file under the folder have a picture's name?"""
    return any(True for _ in _walk(folder, SUFFIXES, Skips()))


def files_below(folder: Path, suffix: str) -> list[Path]:
    """The files under a folder whose names end so, in order, relative to it; what cannot be listed is left out."""
    return sorted(Path(name) for name in _walk(folder, (suffix,), Skips()))


def _walk(folder: Path, suffixes: tuple[str, ...], skips: Skips) -> Iterator[str]:
    """Paths relative to the folder; parts that cannot be listed, and names that cannot be stored, are counted."""
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            status = os.stat(folder / below)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            folders = []
            with os.scandir(folder / below) as found:
                for entry in found:
                    name = f"{below}{entry.name}"
                    if _leads_to(entry.is_dir):
                        folders.append(f"{name}/")
                    elif entry.name.lower().endswith(suffixes):
                        if not _is_text(name):
                            skips.add(
                                name.encode("utf-8", "replace").decode(), "has a name that is not UTF-8"
                            )
                        elif not _leads_to(entry.is_file):
                            skips.add(name, "is no file, or a link that leads nowhere")
                        else:
                            yield name
            waiting += sorted(folders, reverse=True)
        except OSError as error:
            skips.add(
                below.encode("utf-8", "replace").decode() or ".",
                f"cannot be listed: {error.strerror or error}",
            )


def _leads_to(kind: Callable[[], bool]) -> bool:
    """Ask an entry what it is; a link that runs in a circle is nothing."""
    try:
        return kind()
    except OSError:
        return False


def _is_text(name: str) -> bool:
    """Can the name be stored? Names of files are bytes, and need not be UTF-8."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class _Truth:
    """The rows of a truth.jsonl by file, on disk. Raises ImagesError with the line that cannot be read."""

    def __init__(self, path: Path) -> None:
        self._db = scratch()
        self._lock = threading.Lock()
        self._db.execute("CREATE TABLE truth (file TEXT PRIMARY KEY, truth TEXT NOT NULL) WITHOUT ROWID")
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT OR REPLACE INTO truth VALUES (?, ?)",
            ((file, json.dumps(truth)) for file, truth in truth_rows(path)),
        )
        self._db.execute("COMMIT")

    def get(self, file: str) -> Mapping[str, Any] | None:
        with self._lock:
            found = self._db.execute("SELECT truth FROM truth WHERE file = ?", (file,)).fetchone()
        return None if found is None else dict(json.loads(found[0]))

    def close(self) -> None:
        with self._lock:
            self._db.close()
