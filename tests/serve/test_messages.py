"""Requests to `scotoma serve`: what is understood, and one line for all else."""

from __future__ import annotations

import base64
import io
import json
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from scotoma.serve.messages import PIXELS, BadRequest, Turn, read_picture, read_turn


def asking(content: Any = "Is it red?", **fields: Any) -> bytes:
    messages = [{"role": "user", "content": content}]
    return json.dumps({"model": "mini", "messages": messages, **fields}).encode()


def url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def encoded(picture: Picture.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def test_a_text_with_nothing_else_said() -> None:
    assert read_turn(asking(), "mini") == Turn("Is it red?", None, None, 64, 1.0, None)


def test_all_that_is_understood() -> None:
    picture = Picture.new("RGB", (3, 2), (1, 2, 3))
    content = [
        {"type": "image_url", "image_url": {"url": url(encoded(picture)), "detail": "low"}},
        {"type": "text", "text": "Is it"},
        {"type": "text", "text": "red?"},
    ]
    system = {"role": "system", "content": "Be brief."}
    messages = [system, {"role": "user", "content": content}]
    body = {"model": "mini", "messages": messages, "max_completion_tokens": 9, "temperature": 0, "seed": -1}
    body |= {"stream": False, "n": 1, "top_p": 1.0, "user": "me", "response_format": {"type": "text"}}
    turn = read_turn(json.dumps(body).encode(), "mini")
    assert turn.picture is not None
    assert turn.picture.tobytes() == picture.tobytes()
    assert (turn.text, turn.system) == ("Is it\nred?", "Be brief.")
    assert (turn.max_tokens, turn.temperature, turn.seed) == (9, 0.0, -1)


def test_a_picture_is_upright_rgb() -> None:
    exif = Picture.Exif()
    exif[0x0112] = 6
    photo = encoded(Picture.new("RGB", (30, 20)), "JPEG", exif=exif.tobytes())
    assert read_picture(url(photo)).size == (20, 30)
    assert read_picture(url(encoded(Picture.new("LA", (4, 4))))).mode == "RGB"
    assert read_picture(url(encoded(Picture.new("P", (4, 4)), "GIF"))).mode == "RGB"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"\xff", "no JSON in UTF-8"),
        (b"{", "no JSON in UTF-8"),
        (b"[" * 100_000, "no JSON in UTF-8"),
        (b"[]", "no JSON object"),
        (json.dumps({"model": "mini"}).encode(), "messages is no list"),
        (json.dumps({"model": "mini", "messages": ["a"]}).encode(), "messages is no list"),
        (json.dumps({"model": "mini", "messages": []}).encode(), "one user message"),
        (asking(stream=True), "stream is not supported: leave it out"),
        (asking(n=2), "n is not supported"),
        (asking(top_p=0.9), "top_p is not supported"),
        (asking(tools=[{}]), "tools is not supported"),
        (asking(response_format={"type": "json_object"}), "response_format is not supported"),
        (asking(max_tokens=0), "max_tokens is 0: allowed is a whole number from 1"),
        (asking(max_tokens=True), "max_tokens is True"),
        (asking(max_tokens=10**9), "max_tokens is 1000000000"),
        (asking(temperature="hot"), "temperature is 'hot': allowed is 0 to 2"),
        (asking(temperature=-1), "allowed is 0 to 2"),
        (asking(seed=1.5), "seed is 1.5"),
        (asking(7), "neither a text nor a list of parts"),
        (asking([7]), "neither a text nor a list of parts"),
        (asking([{"type": "video_url"}]), "a part is neither"),
        (asking([{"type": "image_url", "image_url": "x"}]), "a part is neither"),
        (asking([{"type": "image_url", "image_url": {"url": "http://h/a.png"}}]), "nothing is fetched"),
        (asking([{"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]), "nothing is fetched"),
        (asking([{"type": "image_url", "image_url": {"url": "data:image/png;base64,@@@"}}]), "no base64"),
        (asking([{"type": "image_url", "image_url": {"url": url(b"no picture")}}]), "cannot be read"),
        (asking([{"type": "image_url", "image_url": {"url": url(b"")}}]), "cannot be read"),
    ],
)
def test_what_is_not_understood_is_one_line(body: bytes, told: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_turn(body, "mini")
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
    assert caught.value.status == 400


def test_another_model_is_not_found() -> None:
    with pytest.raises(BadRequest, match="'mini'") as caught:
        read_turn(asking(model="gpt"), "mini")
    assert caught.value.status == 404


def test_turns_that_these_models_do_not_have() -> None:
    user, assistant = {"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}
    system = {"role": "system", "content": "c"}
    for messages in ([user, assistant, user], [user, user], [user, system], [system, system, user], [system]):
        with pytest.raises(BadRequest, match="one user message"):
            read_turn(json.dumps({"model": "mini", "messages": messages}).encode(), "mini")


def test_only_one_picture() -> None:
    part = {"type": "image_url", "image_url": {"url": url(encoded(Picture.new("RGB", (2, 2))))}}
    with pytest.raises(BadRequest, match="more than one picture"):
        read_turn(asking([part, part]), "mini")


@pytest.mark.parametrize("size", [(7000, 7000), (12_000, 12_000), (60_000, 60_000)])
def test_a_bomb_is_refused_before_it_goes_off(size: tuple[int, int]) -> None:
    assert size[0] * size[1] > PIXELS
    with pytest.raises(BadRequest, match="too large"):
        read_picture(url(png_header(*size)))


def test_a_picture_cut_short_cannot_be_read() -> None:
    whole = encoded(Picture.effect_noise((64, 64), 50))
    for length in (20, 60, len(whole) // 2):
        with pytest.raises(BadRequest, match="cannot be read"):
            read_picture(url(whole[:length]))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_picture_or_one_line(content: bytes) -> None:
    with pytest.raises(BadRequest):
        read_picture(url(content))


FIELDS = st.sampled_from(
    ["model", "messages", "role", "content", "type", "text", "image_url", "url", "user", "mini"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | FIELDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=3),
    max_leaves=12,
)


@given(JSON, JSON, st.dictionaries(st.sampled_from(["max_tokens", "temperature", "seed", "stream"]), JSON))
def test_any_request_is_a_turn_or_one_line(content: Any, messages: Any, fields: dict[str, Any]) -> None:
    for body in (asking(content, **fields), json.dumps({"model": "mini", "messages": messages}).encode()):
        try:
            turn = read_turn(body, "mini")
        except BadRequest as fault:
            assert str(fault).isprintable()
            assert len(str(fault)) < 300
        else:
            assert 0.0 <= turn.temperature <= 2.0
