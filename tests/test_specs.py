"""SPEC and IMAGES strings: what is known reads and writes back, all else is one SpecError line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scotoma.errors import SpecError
from scotoma.specs import (
    Baseline,
    CatalogueNames,
    Compatible,
    Exact,
    Folder,
    HubDataset,
    HuggingFace,
    Mini,
    Oracle,
    Parquet,
    Planted,
    Tabletop,
    TrainedIn,
    WebDataset,
    parse_candidate,
    parse_images,
    parse_labeller,
    parse_model,
    parse_questioner,
    parse_verifier,
    redacted,
)

PARSERS = (parse_candidate, parse_questioner, parse_verifier, parse_labeller, parse_images)


@pytest.mark.parametrize(
    ("parse", "text", "spec"),
    [
        (parse_candidate, "mini", Mini()),
        (parse_candidate, "mini:half", Mini("half")),
        (parse_candidate, "mini:unread", Mini("unread")),
        (parse_model, "mini:half", Mini("half")),
        (parse_candidate, "oracle", Oracle()),
        (parse_candidate, "planted:spots/a=1, b.toml", Planted("spots/a=1, b.toml")),
        (parse_candidate, "hf:Qwen/Qwen2.5-VL-3B-Instruct", HuggingFace("Qwen/Qwen2.5-VL-3B-Instruct")),
        (parse_candidate, "hf:./m,device=cuda:1,dtype=bfloat16", HuggingFace("./m", "bfloat16", "cuda:1")),
        (parse_candidate, "openai:gpt@http://localhost", Compatible("gpt", "http://localhost")),
        (parse_candidate, "openai:a/b:7b@https://h:1/v1/", Compatible("a/b:7b", "https://h:1/v1")),
        (parse_candidate, "openai:m@rev@http://[::1]:8/v1", Compatible("m@rev", "http://[::1]:8/v1")),
        (
            parse_verifier,
            "openai:m@http://h/v1,price_in=0.15,price_out=1e-05,rpm=60,tpm=90000,concurrency=64,max_side=768",
            Compatible("m", "http://h/v1", None, 0.15, 0.00001, 60, 90_000, 64, 768),
        ),
        (
            parse_questioner,
            "openai:m@http://h/v1,timeout=2.5,key_env=MY_KEY,price_in=0",
            Compatible("m", "http://h/v1", "MY_KEY", price_in=0.0, timeout=2.5),
        ),
        (parse_questioner, "mini", Mini()),
        (parse_questioner, "static", Baseline("static")),
        (parse_questioner, "adversarial", Baseline("adversarial")),
        (parse_questioner, "random", Baseline("random")),
        (parse_questioner, "hf:m,dtype=auto", HuggingFace("m", "auto")),
        (parse_questioner, "runs/a:b", TrainedIn("runs/a:b")),
        (parse_questioner, "..", TrainedIn("..")),
        (parse_verifier, "exact", Exact()),
        (parse_labeller, "catalogue", CatalogueNames()),
        (parse_labeller, "hf:./m", HuggingFace("./m")),
        (parse_images, "tabletop", Tabletop()),
        (parse_images, "tabletop:n=2000,seed=7", Tabletop(2000, 7)),
        (parse_images, "tabletop:size=96,n=1", Tabletop(n=1, size=96)),
        (parse_images, "photos/cats", Folder("photos/cats")),
        (parse_images, "data/a.parquet", Parquet("data/a.parquet")),
        (parse_images, "a.parquet,column=img", Parquet("./a.parquet", "img")),
        (parse_images, "parquet:data, old,column=img", Parquet("data, old", "img")),
        (parse_images, "hf:beans", HubDataset("beans")),
        (parse_images, "hf:org/beans:test,column=img", HubDataset("org/beans", "test", None, "img")),
        (parse_images, "hf:./saved,config=small", HubDataset("./saved", None, "small")),
        (parse_images, "hf:a:/b", HubDataset("a:/b")),
        (parse_images, "wds:shards-{0..9}.tar", WebDataset("shards-{0..9}.tar")),
        (parse_images, "wds:{a,b}/*.tar,column=Image.PNG", WebDataset("{a,b}/*.tar", "image.png")),
    ],
)
def test_what_is_known_reads_and_writes_back(parse, text, spec):
    assert parse(text) == spec
    assert parse(str(spec)) == spec


def test_a_bare_word_is_a_folder_only_if_there_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for parse, kind in ((parse_images, Folder), (parse_questioner, TrainedIn)):
        with pytest.raises(SpecError, match="known are"):
            parse("first")
        (tmp_path / "first").mkdir()
        spec = parse("first")
        assert spec == kind("./first")
        (tmp_path / "first").rmdir()
        assert parse(str(spec)) == spec


@pytest.mark.parametrize(
    ("parse", "text", "told"),
    [
        (
            parse_candidate,
            "minii",
            "unknown candidate 'minii': known are mini, mini:half, mini:unread, oracle, planted:FILE.toml, hf:",
        ),
        (parse_candidate, "runs/first", "unknown candidate"),
        (parse_candidate, "planted:", "unknown candidate"),
        (parse_candidate, "openai:gpt", "write openai:MODEL@BASE_URL"),
        (parse_candidate, "openai:@http://h", "write openai:MODEL@BASE_URL"),
        (parse_candidate, "openai: @http://h", "write openai:MODEL@BASE_URL"),
        (parse_candidate, "openai: m@http://h", "blanks around the model's name"),
        (parse_candidate, "openai:m@ftp://h", "write openai:MODEL@BASE_URL"),
        (parse_candidate, "openai:m@http://", "names no host"),
        (parse_candidate, "openai:m@http://h:99999/v1", "is no URL"),
        (parse_candidate, "openai:m@http://[::1/v1", "is no URL"),
        (parse_candidate, "openai:m@http://h h/v1", "names no host"),
        (parse_candidate, "openai:m@http://h/v1#a", "must end with its path"),
        (parse_candidate, "openai:m@http://h/v1,", "ends with a comma"),
        (parse_candidate, "openai:m@http://h/v1,rpm=1,", "ends with a comma"),
        (parse_candidate, "openai:m@http://h/v1,rpm=0", "rpm='0': allowed is 1 to"),
        (parse_candidate, "openai:m@http://h/v1,rpm=1,rpm=1", "each at most once"),
        (parse_candidate, "openai:m@http://h/v1,concurrency=1025", "allowed is 1 to 1024"),
        (parse_candidate, "openai:m@http://h/v1,price_in=-1", "price_in='-1': allowed is 0 to"),
        (parse_candidate, "openai:m@http://h/v1,price_out=nan", "allowed is 0 to"),
        (parse_candidate, "openai:m@http://h/v1,price_out=1_0", "allowed is 0 to"),
        (parse_candidate, "openai:m@http://h/v1,timeout=0", "allowed is 0.01 to"),
        (parse_candidate, "openai:m@http://h/v1,temperature=1", "options are key_env=..., price_in=..."),
        (parse_candidate, "hf:", "names no model"),
        (parse_candidate, "hf:,device=cpu", "names no model"),
        (parse_candidate, "hf:m,", "ends with a comma"),
        (parse_candidate, "hf:m,device=gpu", "allowed are cpu, cuda, cuda:N, mps, auto"),
        (parse_candidate, "hf:m,dtype=int8", "allowed are auto, float32, float16, bfloat16"),
        (parse_candidate, "hf:m,dtype=auto,dtype=auto", "each at most once"),
        (parse_candidate, "hf:m,revision=1", "options are dtype=..., device=..."),
        (parse_candidate, " mini", "blanks around it"),
        (parse_candidate, "", "is empty"),
        (parse_questioner, "mini:half", "unknown questioner 'mini:half'"),
        (parse_candidate, "mini:third", "unknown candidate 'mini:third'"),
        (parse_questioner, "oracle", "known are mini, static, adversarial, random"),
        (parse_questioner, "planted:a.toml", "unknown questioner"),
        (parse_verifier, "judge", "known are exact, hf:DIR-OR-ID"),
        (parse_labeller, "mini", "known are catalogue, hf:DIR-OR-ID"),
        (parse_images, "tabletop:", "names no option"),
        (parse_images, "tabletop:n=0", "n='0': allowed is 1 to"),
        (parse_images, "tabletop:n=-5", "n='-5': allowed is 1 to"),
        (parse_images, "tabletop:n=1_000", "allowed is 1 to"),
        (parse_images, "tabletop:n=٣", "allowed is 1 to"),
        (parse_images, "tabletop:size=9999", "size='9999': allowed is 16 to 4096"),
        (parse_images, "tabletop:seed=9999999999999999999", "seed="),
        (parse_images, "tabletop:n=1,,seed=2", "options are n=..., seed=..., size=..."),
        (parse_images, "tabletops", "known are tabletop,"),
        (parse_images, "coco", "known are tabletop, .* a folder of images, a Parquet file"),
        (parse_images, "hf:", "names no dataset"),
        (parse_images, "hf:beans:", "names no dataset, or no split"),
        (parse_images, "hf:beans,", "names no dataset, or no split"),
        (parse_images, "hf:beans,revision=1", "options are config=..., column=..."),
        (parse_images, "parquet:", "names no file"),
        (parse_images, "parquet:a,column=", "names no file or no column"),
        (parse_images, "wds:", "names no shard"),
        (parse_images, "wds:https://host/a.tar", "download them first"),
        (parse_images, "wds:pipe:curl x", "download them first"),
        (parse_images, "photos\0", "odd characters"),
    ],
)
def test_what_is_not_known_is_told_in_one_line(parse, text, told):
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert re.search(told, str(caught.value)) or told in str(caught.value)
    assert "\n" not in str(caught.value)


PIECES = st.sampled_from(
    ["hf:", "wds:", "parquet:", ".parquet", ",column=", "{", "}",
     "openai:", "@http://", "@https://h/v1", ",rpm=", ",key_env=K", "tabletop", "tabletop:", "planted:",
     "n=", "seed=", "size=", "dtype=", "device=", ",", "=", ":", "mini", "static", "exact", "cuda:", "1", "9" * 20,
     "/", ".", "..", "~", "\0", "\n", " ", "\ud800", "é"]
)  # fmt: skip
HOSTILE = st.text(st.characters(), max_size=40) | st.lists(PIECES, max_size=8).map("".join)


@given(HOSTILE)
def test_any_text_is_a_spec_that_writes_back_or_one_short_line(text):
    for parse in PARSERS:
        try:
            spec = parse(text)
        except SpecError as error:
            assert str(error).isprintable()
            assert len(str(error)) < 400
        else:
            assert parse(str(spec)) == spec


WORDS = st.text("abcXYZ019._-/", min_size=1, max_size=20)


@given(
    st.builds(Tabletop, n=st.integers(1, 10**8), seed=st.integers(0, 2**63 - 1), size=st.integers(16, 4096))
)
def test_tabletops_write_and_read_back(spec):
    assert parse_images(str(spec)) == spec


@given(
    st.builds(
        HuggingFace,
        name=WORDS,
        dtype=st.sampled_from([None, "auto", "float32", "float16", "bfloat16"]),
        device=st.sampled_from([None, "auto", "cpu", "mps", "cuda", "cuda:0", "cuda:15"]),
    )
)
def test_models_write_and_read_back(spec):
    assert parse_candidate(str(spec)) == parse_questioner(str(spec)) == spec


ADDRESSES = st.builds(
    "{}://{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["h", "127.0.0.1:8000", "[::1]:80", "api.example.com"]),
    st.sampled_from(["", "/v1", "/a/b:c/v1"]),
)


@given(
    st.builds(
        Compatible,
        model=st.text("abcXYZ019._-/:@,=é", min_size=1, max_size=20),
        base_url=ADDRESSES,
        key_env=st.none() | st.from_regex("[A-Z_][A-Z0-9_]{0,20}", fullmatch=True),
        price_in=st.none() | st.floats(0.0, 1e6).map(lambda price: round(price, 9)),
        price_out=st.none() | st.floats(0.0, 1e6).map(lambda price: round(price, 9)),
        rpm=st.none() | st.integers(1, 10**7),
        tpm=st.none() | st.integers(1, 10**10),
        concurrency=st.none() | st.integers(1, 1024),
        max_side=st.none() | st.integers(16, 16_384),
        timeout=st.none() | st.floats(0.01, 86_400).map(lambda seconds: round(seconds, 3)),
    )
)
def test_servers_write_and_read_back(spec):
    for parse in (parse_candidate, parse_questioner, parse_verifier, parse_labeller):
        assert parse(str(spec)) == spec
    assert parse_candidate(spec.address).address == spec.address


CANARY = "sk-canary0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"openai:m@https://user:{CANARY}@h/v1",
        f"openai:m@https://{CANARY}@h/v1",
        f"openai:m@https://a/{CANARY}@h/v1,rpm=0",
        f"openai:m@https://h/v1?api_key={CANARY}",
        f"openai:m@https://h/v1,api_key={CANARY}",
        f"openai:m@https://h/v1,key={CANARY}",
        f"openai:m@https://h/v1,key_env={CANARY}",
        f"openai:m@https://h/v1,key_env={CANARY.removeprefix('sk-')}",
        CANARY,
    ],
)
def test_a_key_that_was_put_into_a_spec_is_refused_and_not_shown(text):
    for parse in (parse_candidate, parse_questioner, parse_verifier, parse_labeller):
        with pytest.raises(SpecError) as caught:
            parse(text)
        assert "canary" not in str(caught.value)


def test_what_is_no_secret_is_shown_as_it_is():
    for text in ("openai:m@http://h/v1,rpm=0", "planted:a?", "hf:a/b,dtype=x"):
        assert redacted(text).replace("?***", "?") == text
