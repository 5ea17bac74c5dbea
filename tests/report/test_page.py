"""The page: parses, asks for nothing, obeys no model text, and exists for every kind of run."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runs import synthetic_images, synthetic_probes, write_run
from scotoma.errors import RenderError
from scotoma.records import Answer, Image, Probe, Question, Verdict
from scotoma.report import report_path, write_report
from scotoma.report.page import MOST_BYTES, render_page
from scotoma.report.source import RunRecord, load_run

VOID = {"meta", "img", "br", "link", "input", "hr"}
HOSTILE = (
    '"><script>alert(1)</script><img src=x onerror=alert(1)><style>*{display:none}</style>{{ 7*7 }}\x1b[31m'
)


class Page(HTMLParser):
    """Every tag with its attributes, the text, and whether all tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        self.text += data

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def of_class(self, name: str) -> int:
        return sum(name in attributes.get("class", "").split() for _, attributes in self.tags)


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> RunRecord:
    run_dir = tmp_path_factory.mktemp("runs") / "first"
    images = synthetic_images(90)
    return load_run(write_run(run_dir, images, synthetic_probes(images, steps=24, held_out=30, groups=3)))


@pytest.fixture(scope="module")
def html(record: RunRecord) -> str:
    return render_page(record)


def with_probes(record: RunRecord, probes: list[Probe]) -> RunRecord:
    return dataclasses.replace(record, probes=tuple(probes))


def hostile_probe(image: Image) -> Probe:
    verdict = Verdict(True, False, HOSTILE, "wrong", HOSTILE, ("counting", HOSTILE))
    return Probe(
        "eval:trained",
        0,
        0,
        0,
        image.id,
        Question(HOSTILE, HOSTILE, HOSTILE),
        Answer(HOSTILE, HOSTILE),
        verdict,
    )


def test_the_page_parses(html: str) -> None:
    page = Page(html)
    assert page.faults == []
    assert page.open == []
    assert {"main", "header", "section", "table", "svg"} <= {tag for tag, _ in page.tags}


def test_nothing_is_requested_or_run(html: str) -> None:
    page = Page(html)
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "link", "object", "embed", "base", "form"}
        assert "style" not in attributes, "inline styles are not covered by the policy's hash"
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "xlink:href", "action", "srcset", "data"):
            assert attributes.get(name, "#").startswith(("#", "data:image/")), (tag, attributes)
    assert "url(" not in html
    assert "@import" not in html
    addresses = set(re.findall(r"https?://[^\s\"'<]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg"}


def test_the_policy_allows_the_style_sheet_and_pictures_alone(html: str) -> None:
    (policy,) = [meta["content"] for meta in Page(html).named("meta") if "http-equiv" in meta]
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy.startswith(f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'")
    assert "unsafe" not in policy


def test_the_figures_stand_on_the_page(html: str, record: RunRecord) -> None:
    text = " ".join(Page(html).text.split())
    assert "On 30 held-out images" in text
    assert "as often as the random questioner" in text
    assert "counting + occlusion" in text
    assert "scotoma discover --images" in text
    assert "--seed 0" in text
    assert "torch 2.13.0" in text


def test_a_gallery_of_distinct_failures(html: str) -> None:
    page = Page(html)
    assert page.of_class("card") >= 24
    pictures = [image["src"] for image in page.named("img")]
    assert len(pictures) == page.of_class("card")
    assert all(image["alt"] for image in page.named("img"))
    assert len(set(pictures)) >= 24


def test_charts_and_heat_map_are_there_with_words(html: str) -> None:
    page = Page(html)
    drawings = [svg for svg in page.named("svg") if "aria-hidden" not in svg]
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in drawings)
    assert page.of_class("chart") == 6
    assert page.of_class("heat") == 1
    assert page.of_class("stack") == 1


def test_the_page_is_small_and_repeats(html: str, record: RunRecord) -> None:
    assert len(html.encode()) < MOST_BYTES
    assert render_page(record) == html


def test_hostile_text_is_shown_and_nothing_else(record: RunRecord) -> None:
    image = next(iter(record.images.values()))
    hostile = with_probes(record, [*record.probes, hostile_probe(image)])
    hostile = dataclasses.replace(
        hostile,
        config={**record.config, "candidate": HOSTILE, "images": HOSTILE},
        environment={HOSTILE: HOSTILE},
    )
    html = render_page(hostile)
    page = Page(html)
    assert page.faults == []
    assert page.open == []
    assert "<script" not in html
    assert not page.named("script")
    assert len(page.named("style")) == 1
    assert "49" not in [cell.strip() for cell in page.text.splitlines()]
    assert "<script>alert(1)</script>" in page.text
    assert all("onerror" not in attributes for _, attributes in page.tags)


def test_an_empty_run_has_a_page(tmp_path: Path) -> None:
    page = Page(render_page(load_run(write_run(tmp_path / "run", synthetic_images(1), []))))
    assert page.faults == []
    assert "No question has been asked in this run yet." in page.text
    assert page.of_class("card") == 0


def test_a_run_without_failures_has_a_page(record: RunRecord) -> None:
    page = Page(render_page(with_probes(record, [p for p in record.probes if not p.verdict.failure])))
    text = " ".join(page.text.split())
    assert page.faults == []
    assert page.of_class("card") == 0
    assert "none of the" in text
    assert "No failure was found" in text
    assert "fails credibly more often than the rest" in text


def test_a_run_of_invalid_questions_has_a_page(record: RunRecord) -> None:
    page = Page(render_page(with_probes(record, [p for p in record.probes if p.verdict.valid is False])))
    assert page.faults == []
    assert page.of_class("heat") == 0


def test_a_single_probe_has_a_page(record: RunRecord) -> None:
    image = next(iter(record.images.values()))
    page = Page(render_page(with_probes(record, [hostile_probe(image)])))
    assert page.faults == []
    assert page.of_class("card") == 1


def test_a_picture_that_cannot_be_made_is_told_on_its_card(record: RunRecord) -> None:
    def no_opengl(image: Image) -> bytes:
        raise RenderError("the tabletop needs OpenGL")

    page = Page(render_page(record, picture_of=no_opengl))
    assert page.of_class("card") >= 24
    assert page.named("img") == []
    assert "No picture: the tabletop needs OpenGL" in page.text


def test_write_report(record: RunRecord, tmp_path: Path) -> None:
    path = write_report(record)
    assert path == report_path(record.run_dir)
    assert path.read_text("utf-8").startswith("<!doctype html>")
    assert list(path.parent.iterdir()) == [path]
    assert write_report(record, out=tmp_path / "other" / "page.html").is_file()
