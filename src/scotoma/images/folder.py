"""A folder of pictures -> Image records, in name order. Broken files are skipped, counted and listed."""

from __future__ import annotations

from pathlib import Path

from PIL import Image as Picture
from PIL import ImageOps, UnidentifiedImageError

from scotoma.errors import ImagesError
from scotoma.identity import picture_id
from scotoma.records import Image
from scotoma.tabletop.truth_file import read_truth

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


class FolderSource:
    """All pictures under a folder. If it holds a `truth.jsonl` of `scotoma images tabletop`, records carry its truth.

    skipped: files that could not be read, with the reason, as far as they have been met.
    Raises ImagesError if the folder is missing, is not one, or holds no picture.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.exists():
            raise ImagesError(f"image folder {folder} does not exist")
        if not folder.is_dir():
            raise ImagesError(f"{folder} is a file, not a folder of images")
        self.folder = folder
        self.skipped: dict[str, str] = {}
        self._truth = read_truth(folder / "truth.jsonl")
        self._records: list[Image] = []
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()):
            self._add(path)
        if not self._records:
            found = f"; {len(self.skipped)} broken files were skipped" if self.skipped else ""
            raise ImagesError(f"no readable image in {folder} (looked for {', '.join(SUFFIXES)}){found}")

    @property
    def name(self) -> str:
        return str(self.folder)

    def __len__(self) -> int:
        return len(self._records)

    def record(self, index: int) -> Image:
        return self._records[index]

    def picture(self, image: Image) -> Picture.Image:
        """The picture, upright by its EXIF orientation, first frame if it moves."""
        return _open(self.folder / image.uri)

    def close(self) -> None:
        """Nothing is held open."""

    def _add(self, path: Path) -> None:
        uri = path.relative_to(self.folder).as_posix()
        try:
            picture = _open(path)
        except (
            UnidentifiedImageError,
            OSError,
            ValueError,
            SyntaxError,
            Picture.DecompressionBombError,
        ) as error:
            self.skipped[uri] = str(error)
            return
        truth = self._truth.get(uri)
        self._records.append(Image(picture_id(picture), self.name, picture.width, picture.height, uri, truth))


def _open(path: Path) -> Picture.Image:
    with Picture.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")
