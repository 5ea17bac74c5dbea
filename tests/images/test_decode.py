"""Bytes -> an upright RGB picture, or one line that says what is wrong with them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from images.pictures import bomb, encoded, picture
from scotoma.images.decode import FORMATS, Unreadable, decode


def saved(opened: Picture.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    opened.save(buffer, form, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_read(form: str) -> None:
    decoded = decode(encoded(200, form))
    assert decoded.mode == "RGB"
    assert decoded.size == (12, 8)
    assert all(abs(a - b) < 8 for a, b in zip(decoded.getpixel((3, 3)), (200, 0, 77), strict=True))  # type: ignore[arg-type]


def test_names_play_no_part(tmp_path: Path) -> None:
    (tmp_path / "really.jpg").write_bytes(encoded(3))
    assert decode(tmp_path / "really.jpg").tobytes() == picture(3).tobytes()


def test_the_first_frame_of_what_moves() -> None:
    frames = [Picture.new("RGB", (6, 6), colour) for colour in ("red", "blue")]
    moving = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(moving).getpixel((2, 2)) == (255, 0, 0)


def test_exif_turns_the_picture_upright() -> None:
    lying = Picture.new("RGB", (8, 4), "red")
    exif = lying.getexif()
    exif[0x0112] = 6
    assert decode(saved(lying, "JPEG", exif=exif)).size == (4, 8)


def test_what_is_transparent_is_white() -> None:
    glass = Picture.new("RGBA", (4, 4), (255, 0, 0, 0))
    assert decode(saved(glass, "PNG")).getpixel((1, 1)) == (255, 255, 255)
    palette = Picture.new("P", (4, 4), 0)
    assert decode(saved(palette, "PNG", transparency=b"\x00")).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (32896, 128), (65535, 255)])
def test_sixteen_bits_keep_their_brightness(value: int, grey: int) -> None:
    assert decode(saved(Picture.new("I;16", (4, 4), value), "PNG")).getpixel((1, 1)) == (grey,) * 3


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no picture"),
        (b"hello", "is no picture"),
        (encoded(1)[:50], "is damaged"),
        (encoded(1, "JPEG")[:200], "is damaged"),
        (bomb(), "has more than 89,478,485 pixels"),
        (bomb(10_000), "has more than 89,478,485 pixels"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no picture"),
        (saved(Picture.new("RGB", (4, 4)), "TIFF"), "is no picture"),
    ],
    ids=["empty", "text", "cut png", "cut jpeg", "bomb", "smaller bomb", "postscript", "tiff"],
)
def test_what_cannot_be_read_is_one_line(content: bytes, told: str) -> None:
    with pytest.raises(Unreadable, match=told) as caught:
        decode(content)
    assert "\n" not in str(caught.value)


def test_files_that_are_gone_or_locked_away(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is gone"):
        decode(tmp_path / "none.png")


@given(st.binary(max_size=80), st.integers(0, 120), st.sampled_from(FORMATS))
def test_damage_anywhere_is_a_picture_or_one_line(damage: bytes, place: int, form: str) -> None:
    whole = encoded(5, form)
    try:
        decoded = decode(whole[:place] + damage + whole[place + len(damage) :])
    except Unreadable as error:
        assert str(error)
        assert "\n" not in str(error)
    else:
        assert decoded.mode == "RGB"
