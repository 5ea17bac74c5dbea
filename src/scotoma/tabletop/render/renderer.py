"""Scene -> Rendered: shadow pass, colour pass with supersampling, id pass, one amodal pass an object.

A Renderer holds one OpenGL context and belongs to one thread of one process. For speed use processes, each with
LP_NUM_THREADS=1 (Mesa's software rasteriser), not threads.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scotoma.errors import RenderError
from scotoma.tabletop.geometry import camera_axes, placed_in_view
from scotoma.tabletop.meshes import load_mesh
from scotoma.tabletop.render import shaders, surfaces
from scotoma.tabletop.sampler import BACKGROUNDS
from scotoma.tabletop.scene import COLOURS, Camera, Scene, SceneObject

ID_SIZE = 192
"""Side of the id pass in pixels. Fixed, so that a scene's truth does not depend on the size of its picture."""

_SHADOW_SIZE = 512
_TABLE = 12.0

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rendered:
    """pixels: uint8 (size, size, 3) RGB, top row first. ids: uint8 (ID_SIZE, ID_SIZE), 0 = table.
    scene: the scene with place, depth, heading, box and visible share of every object filled in."""

    pixels: NDArray[np.uint8]
    ids: NDArray[np.uint8]
    scene: Scene


class Renderer:
    """Draws scenes at `size` x `size` pixels, `supersample` x `supersample` samples a pixel.

    Raises RenderError if no OpenGL 3.3 context can be had.
    """

    def __init__(self, size: int = 224, supersample: int = 2) -> None:
        self.size = size
        self.supersample = supersample
        self._gl = gl = _context()
        self._flat = gl.program(shaders.FLAT_VERTEX, shaders.FLAT_FRAGMENT)
        self._shaded = gl.program(shaders.SHADED_VERTEX, shaders.SHADED_FRAGMENT)
        samples = size * supersample
        self._colour = gl.framebuffer(
            [gl.texture((samples, samples), 4)], gl.depth_renderbuffer((samples, samples))
        )
        self._ids = gl.framebuffer(
            [gl.texture((ID_SIZE, ID_SIZE), 4)], gl.depth_renderbuffer((ID_SIZE, ID_SIZE))
        )
        self._shadow_map = gl.depth_texture((_SHADOW_SIZE, _SHADOW_SIZE))
        self._shadow_map.compare_func = "<="
        self._shadow_map.filter = (gl.LINEAR, gl.LINEAR)
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow = gl.framebuffer(depth_attachment=self._shadow_map)
        self._arrays: dict[str, tuple[Any, Any]] = {}
        self._faces: dict[tuple[str, str], Any] = {}
        self._tables = [self._texture(surfaces.table_top(index), tiled=True) for index in range(BACKGROUNDS)]
        self._table_array = self._vertex_array(_quad(_TABLE, _TABLE, upright=False, repeats=_TABLE / 0.9))[0]
        self._sign_face = self._vertex_array(_quad(0.94, 0.64, upright=True))[0]

    def render(self, scene: Scene) -> Rendered:
        """Draw one scene of at most 15 objects."""
        if len(scene.objects) > 15:
            raise RenderError(f"a scene holds at most 15 objects, this one has {len(scene.objects)}")
        with self._gl:  # makes this context the current one: a process may hold several
            return self._render(scene)

    def close(self) -> None:
        """Free the context."""
        self._gl.release()

    # ---- passes -----------------------------------------------------------------------------------------

    def _render(self, scene: Scene) -> Rendered:
        placements = {item.id: _placement(item) for item in scene.objects}
        view = _perspective(scene.camera.fov_deg) @ _look(scene.camera)
        sun = np.array(scene.light) / np.linalg.norm(scene.light)
        light = _orthographic(1.35) @ _look_from(sun * 4.0)
        self._gl.enable(self._gl.DEPTH_TEST)
        self._cast_shadows(scene, placements, light)
        pixels = self._draw_colour(scene, placements, view, light, sun)
        ids = self._draw_ids(scene, placements, view)
        alone = self._count_alone(scene, placements)
        objects = tuple(_measured(item, scene.camera, ids, alone[item.id]) for item in scene.objects)
        return Rendered(pixels, ids, replace(scene, objects=objects))

    def _cast_shadows(self, scene: Scene, placements: dict[int, Matrix], light: Matrix) -> None:
        self._shadow.use()
        self._shadow.clear(depth=1.0)
        self._flat["view_projection"].write(_bytes(light))
        for item in scene.objects:
            self._draw_flat(item, placements[item.id])

    def _draw_colour(
        self,
        scene: Scene,
        placements: dict[int, Matrix],
        view: Matrix,
        light: Matrix,
        sun: NDArray[np.float64],
    ) -> NDArray[np.uint8]:
        shaded = self._shaded
        self._colour.use()
        self._colour.clear(0.7, 0.7, 0.7, 1.0)
        shaded["view_projection"].write(_bytes(view))
        shaded["light_projection"].write(_bytes(light))
        shaded["eye"].value = scene.camera.eye
        shaded["sun"].value = tuple(sun)
        shaded["shadow_step"].value = 1.4 / _SHADOW_SIZE
        shaded["surface"].value, shaded["shadow_map"].value = 0, 1
        self._shadow_map.use(1)
        blobs = np.zeros((16, 3), np.float32)
        for row, item in enumerate(scene.objects):
            blobs[row] = (item.x, item.y, max(0.05, item.radius))
        shaded["blob"].write(blobs.tobytes())
        shaded["blobs"].value = len(scene.objects)
        self._tables[scene.background].use(0)
        self._draw_textured(self._table_array, np.eye(4), metal=0.0)
        shaded["blobs"].value = 0
        for item in scene.objects:
            self._draw_painted(item, placements[item.id])
        side, factor = self.size * self.supersample, self.supersample
        raw = np.frombuffer(self._colour.read(components=3), np.uint8).reshape(side, side, 3)[::-1]
        cells = raw.reshape(self.size, factor, self.size, factor, 3).astype(np.uint16)
        mean: NDArray[np.uint8] = ((cells.sum((1, 3)) + factor * factor // 2) // (factor * factor)).astype(
            np.uint8
        )
        return mean

    def _draw_painted(self, item: SceneObject, placement: Matrix) -> None:
        shaded = self._shaded
        shaded["textured"].value = 0.0
        shaded["metal"].value = 1.0 if item.material == "metal" else 0.0
        shaded["paint"].value = tuple((channel / 255.0) ** 2.2 for channel in COLOURS[item.colour])
        shaded["placement"].write(_bytes(placement))
        self._mesh(item.model)[0].render()
        if item.text is not None:
            self._face(item.text, item.colour).use(0)
            self._draw_textured(self._sign_face, placement, metal=0.5 if item.material == "metal" else 0.0)

    def _draw_textured(self, array: Any, placement: Matrix, metal: float) -> None:
        self._shaded["textured"].value = 1.0
        self._shaded["metal"].value = metal
        self._shaded["placement"].write(_bytes(placement))
        array.render()

    def _draw_ids(self, scene: Scene, placements: dict[int, Matrix], view: Matrix) -> NDArray[np.uint8]:
        self._ids.use()
        self._ids.clear(0.0, 0.0, 0.0, 1.0)
        self._flat["view_projection"].write(_bytes(view))
        for item in scene.objects:
            self._flat["object_id"].value = float(item.id)
            self._draw_flat(item, placements[item.id])
        raw = np.frombuffer(self._ids.read(components=1), np.uint8)
        return raw.reshape(ID_SIZE, ID_SIZE)[::-1].copy()

    def _count_alone(self, scene: Scene, placements: dict[int, Matrix]) -> dict[int, int]:
        """Pixels of each object when it stands alone; the flat program still has the camera's projection."""
        counts = {}
        for item in scene.objects:
            self._ids.clear(0.0, 0.0, 0.0, 1.0)
            self._draw_flat(item, placements[item.id])
            raw = np.frombuffer(self._ids.read(components=1), np.uint8)
            counts[item.id] = int(np.count_nonzero(raw))
        return counts

    def _draw_flat(self, item: SceneObject, placement: Matrix) -> None:
        self._flat["placement"].write(_bytes(placement))
        self._mesh(item.model)[1].render()

    # ---- resources ---------------------------------------------------------------------------------------

    def _mesh(self, name: str) -> tuple[Any, Any]:
        if name not in self._arrays:
            mesh = load_mesh(name)
            uv = np.zeros((len(mesh.position), 2), np.float32)
            vertices = np.concatenate([mesh.position, mesh.normal, mesh.luminance[:, None], uv], axis=1)
            self._arrays[name] = self._vertex_array((vertices, mesh.index))
        return self._arrays[name]

    def _face(self, text: str, colour: str) -> Any:
        """Faces are kept: there are few, and making and freeing textures in every frame has crashed Mesa's llvmpipe."""
        if (text, colour) not in self._faces:
            self._faces[text, colour] = self._texture(surfaces.sign_face(text, colour))
        return self._faces[text, colour]

    def _vertex_array(self, geometry: tuple[NDArray[Any], NDArray[Any]]) -> tuple[Any, Any]:
        vertices, index = geometry
        buffer = self._gl.buffer(vertices.astype(np.float32).tobytes())
        order = self._gl.buffer(index.astype(np.uint32).tobytes())
        names = ("position", "normal", "luminance", "uv")
        full = self._gl.vertex_array(self._shaded, [(buffer, "3f 3f 1f 2f", *names)], order)
        flat = self._gl.vertex_array(self._flat, [(buffer, "3f 24x", "position")], order)
        return full, flat

    def _texture(self, texels: NDArray[np.uint8], tiled: bool = False) -> Any:
        linear = ((texels / 255.0) ** 2.2 * 255.0 + 0.5).astype(np.uint8)
        texture = self._gl.texture((texels.shape[1], texels.shape[0]), 3, linear.tobytes(), alignment=1)
        texture.build_mipmaps()
        texture.filter = (self._gl.LINEAR_MIPMAP_LINEAR, self._gl.LINEAR)
        texture.repeat_x = texture.repeat_y = tiled
        return texture


def _context() -> Any:
    os.environ.setdefault("LP_NUM_THREADS", "1")
    import moderngl

    try:
        return moderngl.create_context(standalone=True, require=330, backend="egl")  # type: ignore[arg-type]  # its stub is wrong
    except Exception as error:
        raise RenderError(
            "the tabletop needs OpenGL 3.3 on EGL and found none "
            f"({error}); on Debian install it with: apt-get install libegl1 libgl1-mesa-dri"
        ) from error


def _measured(item: SceneObject, camera: Camera, ids: NDArray[np.uint8], alone: int) -> SceneObject:
    """The object with box and visible share from the id pass, and its place in view."""
    rows, columns = np.nonzero(ids == item.id)
    box = None
    if len(rows):
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        box = (_share(left), _share(top), _share(right), _share(bottom))
    visible = round(min(1.0, len(rows) / max(1, alone)), 4)
    return replace(placed_in_view(camera, item), box=box, visible=visible)


def _share(pixels: float) -> float:
    return round(float(pixels) / ID_SIZE, 4)


def _quad(
    width: float, height: float, *, upright: bool, repeats: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """A table lying at z = 0, or the face of a sign standing just before its board (front to -y)."""
    rows = []
    for s, t in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        spot = (s * width, -0.0615, 0.35 + t * height) if upright else (s * width, t * height, 0.0)
        normal = (0.0, -1.0, 0.0) if upright else (0.0, 0.0, 1.0)
        rows.append((*spot, *normal, 1.0, (s + 0.5) * repeats, (t + 0.5) * repeats))
    return np.array(rows), np.array([0, 1, 2, 0, 2, 3], np.uint32)


# ---- matrices (column vectors; OpenGL clip space) -----------------------------------------------------------


def _bytes(matrix: Matrix) -> bytes:
    return matrix.T.astype(np.float32).tobytes()


def _placement(item: SceneObject) -> Matrix:
    """Unit mesh -> table: every mesh has its longest side at 1, so one scale serves all."""
    scale = max(item.extent)
    cos, sin = math.cos(math.radians(item.yaw_deg)) * scale, math.sin(math.radians(item.yaw_deg)) * scale
    return np.array([[cos, -sin, 0, item.x], [sin, cos, 0, item.y], [0, 0, scale, 0], [0, 0, 0, 1.0]])


def _perspective(fov_deg: float, near: float = 0.1, far: float = 20.0) -> Matrix:
    focal = 1.0 / math.tan(math.radians(fov_deg) / 2.0)
    depth = near - far
    return np.array(
        [
            [focal, 0, 0, 0],
            [0, focal, 0, 0],
            [0, 0, (far + near) / depth, 2 * far * near / depth],
            [0, 0, -1.0, 0],
        ]
    )


def _orthographic(half: float, near: float = 0.5, far: float = 8.0) -> Matrix:
    return np.array(
        [
            [1 / half, 0, 0, 0],
            [0, 1 / half, 0, 0],
            [0, 0, -2 / (far - near), -(far + near) / (far - near)],
            [0, 0, 0, 1.0],
        ]
    )


def _look(camera: Camera) -> Matrix:
    right, up, forward = (np.array(axis) for axis in camera_axes(camera))
    rotation = np.stack([right, up, -forward])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = -rotation @ np.array(camera.eye)
    return matrix


def _look_from(eye: NDArray[np.float64]) -> Matrix:
    return _look(Camera((float(eye[0]), float(eye[1]), float(eye[2])), (0.0, 0.05, 0.0), 40.0))
