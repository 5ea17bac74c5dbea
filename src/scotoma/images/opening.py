"""IMAGES string -> ImageSource; a record -> its picture again, without opening the whole source."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image as Picture

from scotoma.errors import ImagesError, SpecError
from scotoma.images.decode import Unreadable, decode
from scotoma.images.edited import edited_picture, is_edited
from scotoma.images.folder import files_below, has_pictures, open_folder
from scotoma.images.hub import HubEntries, is_saved, open_hub
from scotoma.images.parquet import ParquetEntries, open_parquet
from scotoma.images.shards import load_member, open_shards
from scotoma.images.source import ImageSource
from scotoma.images.tabletop import TabletopSource
from scotoma.records import Image
from scotoma.specs import Folder, HubDataset, ImagesSpec, Parquet, Tabletop, WebDataset, parse_images


def open_source(images: str) -> ImageSource:
    """The image source that IMAGES names. Raises SpecError, ImagesError."""
    spec = parse_images(images)
    if isinstance(spec, Folder):
        spec = _meant(spec)
    match spec:
        case Tabletop(n, seed, size):
            return TabletopSource(n, seed, size)
        case Parquet(path, column):
            return open_parquet(Path(path), column, str(spec))
        case HubDataset(name, split, config, column):
            return open_hub(name, split, config, column, str(spec))
        case WebDataset(pattern, column):
            return open_shards(pattern, column, str(spec))
        case Folder(path):
            return open_folder(Path(path), path)


def picture_of(image: Image) -> Picture.Image:
    """The picture of a record whose source is closed, but for a tabletop stream's. Raises ImagesError if it is gone."""
    if is_edited(image):
        return edited_picture(image)
    try:
        spec = parse_images(image.source)
        match spec:
            case Folder(path):
                return decode(Path(path) / image.uri)
            case WebDataset():
                return load_member(image.uri)
            case Parquet() | HubDataset():
                return _table(spec).load(image.uri)
    except (SpecError, Unreadable) as error:
        raise ImagesError(f"{image.source}: {image.uri}: {error}") from error
    raise ImagesError(f"{image.source}: {image.uri}: is not kept anywhere")


def _meant(folder: Folder) -> ImagesSpec:
    """A folder may hold a saved dataset, or Parquet files and no pictures."""
    path = Path(folder.path)
    if is_saved(path):
        return HubDataset(folder.path)
    if path.is_dir() and not has_pictures(path) and files_below(path, ".parquet"):
        return Parquet(folder.path)
    return folder


@lru_cache(maxsize=2)
def _table(spec: Parquet | HubDataset) -> ParquetEntries | HubEntries:
    if isinstance(spec, Parquet):
        return ParquetEntries(Path(spec.path), spec.column)
    return HubEntries(spec.name, spec.split, spec.config, spec.column)
