"""Scene, edited -> Image record and picture: rendered from the scene graph in its truth, whenever it is opened."""

from __future__ import annotations

import io
import json
from functools import lru_cache

from PIL import Image as Picture

from scotoma.errors import ImagesError
from scotoma.identity import image_id
from scotoma.records import Image
from scotoma.tabletop.farm import draw
from scotoma.tabletop.scene import Scene

SOURCE = "tabletop, edited"
"""`Image.source` of every edited scene."""

_PREFIX = "tabletop:scene,"


def edited_image(scene: Scene, size: int) -> tuple[Image, bytes]:
    """The record and the PNG bytes of a scene that no stream holds, `size` pixels a side.

    The truth of the record is measured in the rendering; what the scene held of it before makes no difference.
    Raises RenderError without OpenGL.
    """
    png, completed = _drawn(scene.unmeasured(), size)
    truth = json.loads(json.dumps(completed.to_truth()))  # as it comes back from the ledger: an equal record
    return Image(image_id(png), SOURCE, size, size, f"{_PREFIX}size={size}", truth), png


def is_edited(image: Image) -> bool:
    """Is it the record of an edited scene?"""
    return image.uri.startswith(_PREFIX)


def edited_picture(image: Image) -> Picture.Image:
    """The picture of an edited scene, the same pixels every time.

    Raises ImagesError if the record holds no scene graph, or if this machine draws other pixels than were recorded.
    """
    if image.truth is None:
        raise ImagesError(f"{image.uri}: the record {image.id} of an edited scene holds no scene graph")
    again, png = edited_image(Scene.from_truth(image.truth), image.width)
    if again.id != image.id:
        raise ImagesError(
            f"{image.uri}: image {image.id} is drawn differently here than where the run began (another version of "
            "Mesa?): resume the run there, or start a new one"
        )
    with Picture.open(io.BytesIO(png)) as picture:
        return picture.convert("RGB")


@lru_cache(maxsize=64)  # rendered to be judged, then opened for the candidate
def _drawn(scene: Scene, size: int) -> tuple[bytes, Scene]:
    return draw(scene, size)
