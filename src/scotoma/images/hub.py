"""hf:NAME[:SPLIT] -> entries: a dataset of Hugging Face `datasets`, saved on disk or by name, mapped into memory.

Rows are read from Arrow files on disk as they are asked for; a dataset by name is put there by `datasets` first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.images.album import Album
from scotoma.images.columns import image_column
from scotoma.images.decode import Unreadable, decode
from scotoma.images.parquet import encoded_in
from scotoma.images.source import Skips


class HubEntries:
    """The rows of one split.

    name:   a folder made by `save_to_disk`, or a dataset's name.
    split:  None: `train`, or the only one.  config: of a dataset by name, or None.
    column: the column of pictures; None: the only one, or the one with a usual name.
    Raises ImagesError, one line.
    """

    def __init__(self, name: str, split: str | None, config: str | None, column: str | None) -> None:
        import datasets

        self.skips = Skips()
        try:
            datasets.disable_progress_bars()
            rows = _saved(Path(name), split) if is_saved(Path(name)) else _by_name(name, split, config)
            pictures = [key for key, kind in rows.features.items() if _holds_pictures(kind)]
            others = [key for key in rows.features if key not in pictures]
            self._column = image_column(f"hf:{name}", column, pictures, others)
            rows = rows.select_columns([self._column])
            if isinstance(rows.features[self._column], datasets.Image):
                rows = rows.cast_column(self._column, datasets.Image(decode=False))
        except ImagesError:
            raise
        except Exception as error:
            # Loading runs through the network, the cache and builders, each with errors of its own.
            told = " ".join(str(error).split())[:300] or type(error).__name__
            raise ImagesError(f"hf:{name}: cannot be loaded: {told}") from error
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def uri(self, index: int) -> str:
        """#ROW."""
        return f"#{index}"

    def load(self, uri: str) -> Picture.Image:
        """The picture of a row."""
        row = uri.removeprefix("#")
        if not row.isdecimal() or int(row) >= len(self._rows):
            raise Unreadable("names no row of this dataset")
        try:
            value = self._rows[int(row)][self._column]
        except Exception as error:
            # An Arrow file that was cut off shows only when a row of it is read.
            raise Unreadable(f"is damaged: {' '.join(str(error).split())[:200]}") from None
        return decode(encoded_in(value))

    def truth(self, uri: str) -> Mapping[str, Any] | None:
        """Not known."""
        return None

    def close(self) -> None:
        """Nothing is held open but maps of files, which go with the rows."""


def open_hub(name: str, split: str | None, config: str | None, column: str | None, told: str) -> Album:
    """A dataset as an image source; told: its SPEC. Raises ImagesError, also if it holds no readable picture."""
    album = Album(told, HubEntries(name, split, config, column))
    album.require_any(f"no readable image in {told}")
    return album


def is_saved(folder: Path) -> bool:
    """Is this a folder of `save_to_disk`: a dataset, or several splits?"""
    return (folder / "dataset_dict.json").is_file() or (
        (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file()
    )


def _saved(folder: Path, split: str | None) -> Any:
    import datasets

    loaded = datasets.load_from_disk(str(folder))
    if not isinstance(loaded, datasets.DatasetDict):
        if split is not None and str(loaded.split) != split:
            raise ImagesError(f"hf:{folder}: holds one split ({loaded.split}): leave {split!r} out")
        return loaded
    return loaded[_chosen(str(folder), split, list(loaded))]


def _by_name(name: str, split: str | None, config: str | None) -> Any:
    import datasets

    chosen = _chosen(name, split, datasets.get_dataset_split_names(name, config))
    return datasets.load_dataset(name, config, split=chosen)


def _chosen(name: str, split: str | None, splits: list[str]) -> str:
    """The split that is meant. Raises ImagesError."""
    if split is None and len(splits) == 1:
        return splits[0]
    chosen = split or "train"
    if chosen not in splits:
        state = f"has no split {split!r}" if split else "has several splits"
        raise ImagesError(
            f"hf:{name}: {state}: write hf:{name}:SPLIT with one of {', '.join(map(str, splits[:12]))}"
        )
    return chosen


def _holds_pictures(kind: Any) -> bool:
    import datasets

    return isinstance(kind, datasets.Image) or (
        isinstance(kind, datasets.Value) and kind.dtype in ("binary", "large_binary")
    )
