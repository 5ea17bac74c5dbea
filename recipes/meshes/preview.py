"""packed models -> a contact sheet seen from the front (-y), slightly above, for checking by eye."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import moderngl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from meshes.convert import Packed

VERTEX_SHADER = """#version 330
uniform mat4 view_projection;
in vec3 position; in vec3 normal; in float luminance;
out vec3 world_normal; out float albedo;
void main() { world_normal = normal; albedo = luminance; gl_Position = view_projection * vec4(position, 1); }
"""
FRAGMENT_SHADER = """#version 330
uniform vec3 paint; uniform vec3 to_eye;
in vec3 world_normal; in float albedo;
out vec4 colour;
void main() {
    vec3 n = normalize(world_normal);
    if (dot(n, to_eye) < 0) n = -n;
    float key = max(dot(n, normalize(vec3(-0.5, -0.45, 0.8))), 0);
    colour = vec4(paint * albedo * (0.45 + 0.25 * n.z + 0.5 * key), 1);
}
"""
PAINTS = ((0.85, 0.3, 0.25), (0.3, 0.5, 0.85), (0.95, 0.75, 0.25), (0.35, 0.68, 0.4), (0.8, 0.8, 0.78))
BACKGROUND = (0.94, 0.94, 0.93)
LABEL_PX = 16


def contact_sheet(
    models: Mapping[str, Packed], columns: int = 8, side: int = 160, yaw_deg: float = 0.0
) -> Image.Image:
    """One labelled cell per model; `yaw_deg` walks the camera around the model (90: seen from +x)."""
    rows = -(-len(models) // columns)
    sheet = Image.new("RGB", (columns * side, rows * (side + LABEL_PX)), "white")
    draw = ImageDraw.Draw(sheet)
    tiles = render(list(models.values()), side, yaw_deg)
    for place, (tile, name) in enumerate(zip(tiles, models, strict=True)):
        corner = (place % columns * side, place // columns * (side + LABEL_PX))
        sheet.paste(tile, corner)
        draw.text((corner[0] + 4, corner[1] + side + 2), name.replace("_", " "), fill="black")
    return sheet


def render(models: Sequence[Packed], side: int, yaw_deg: float) -> list[Image.Image]:
    """Each model alone, in one of a few paints, at twice the size and averaged down."""
    settings: dict[str, Any] = {"backend": "egl"}  # the stub wrongly asks for a dict as the value
    context = moderngl.create_context(standalone=True, **settings)
    context.enable(moderngl.DEPTH_TEST)
    program = context.program(VERTEX_SHADER, FRAGMENT_SHADER)
    pixels = (2 * side, 2 * side)
    frame = context.framebuffer([context.texture(pixels, 3)], context.depth_renderbuffer(pixels))
    tiles = []
    for number, model in enumerate(models):
        matrix, to_eye = _camera(model.size, yaw_deg)
        uniforms = {
            "view_projection": matrix.T,
            "to_eye": to_eye,
            "paint": np.array(PAINTS[number % len(PAINTS)]),
        }
        for name, value in uniforms.items():
            uniform = program[name]
            assert isinstance(uniform, moderngl.Uniform)
            uniform.write(value.astype("f4").tobytes())
        columns = (model.position, model.normal / 127, model.luminance[:, None] / 255)
        vertices = context.buffer(np.concatenate(columns, axis=1).astype("f4").tobytes())
        indices = context.buffer(model.index.astype("u4").tobytes())
        layout = [(vertices, "3f 3f 1f", "position", "normal", "luminance")]
        frame.use()
        frame.clear(*BACKGROUND)
        context.vertex_array(program, layout, indices).render()
        image = Image.frombytes("RGB", pixels, frame.read(components=3, alignment=1))
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        tiles.append(image.resize((side, side), Image.Resampling.BOX))
    context.release()
    return tiles


def _camera(
    size: tuple[float, float, float], yaw_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """An orthographic view-projection matrix that just holds the model, and the direction to the eye."""
    yaw, pitch = np.deg2rad(yaw_deg), np.deg2rad(22)
    to_eye = np.array([np.sin(yaw) * np.cos(pitch), -np.cos(yaw) * np.cos(pitch), np.sin(pitch)])
    right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    up = np.cross(to_eye, right)
    axes = np.stack([right, up, to_eye])
    half = np.abs(axes) @ (np.array(size) / 2)
    scale = 1 / (1.06 * max(half[0], half[1]))
    matrix = np.eye(4)
    matrix[:3, :3] = axes * np.array([scale, scale, -0.25])[:, None]
    matrix[:3, 3] = -matrix[:3, :3] @ np.array([0, 0, size[2] / 2])
    return matrix, to_eye
