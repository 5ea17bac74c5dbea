"""RunRecord -> one HTML page that opens offline: no script, no request, pictures inside.

Model text is data: the template escapes all of it, and the page's policy (CSP) allows nothing but its own
style sheet, by hash, and data: pictures.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scotoma.analysis.breakdown import GroupFigures
from scotoma.analysis.conditions import conditions_on
from scotoma.analysis.corrections import corrections
from scotoma.analysis.figures import PhaseFigures
from scotoma.analysis.reasons import reasons
from scotoma.analysis.statistics import Interval
from scotoma.analysis.summary import CONFIRMATION, JUDGED, Summary, is_evaluation, summarise
from scotoma.confirming.claims import MARGIN
from scotoma.errors import ImagesError, RenderError
from scotoma.records import Image, Probe
from scotoma.report import second as second_opinion
from scotoma.report import wording
from scotoma.report.charts.bars import rate_bar, stacked_bar
from scotoma.report.charts.heatmap import BINS, LEAST_SUPPORT, heat_map
from scotoma.report.curves import charts
from scotoma.report.gallery import choose_failures
from scotoma.report.headline import sentences, tiles
from scotoma.report.pairs import pair_cards
from scotoma.report.pictures import picture_for, thumbnail_uri
from scotoma.report.provenance import command_of, environment_rows, image_rows, stage_costs
from scotoma.report.source import RunRecord

MOST_BYTES = 6_000_000
"""The page stays below this size; pictures are left out of the last cards before it would be passed."""

COMPOSITIONS_SHOWN = 25

PictureOf = Callable[[Image], bytes]


@dataclass(frozen=True, slots=True)
class Card:
    """One failure of the gallery. picture: data URI, or None with the reason in `missing`."""

    question: str
    answer: str
    reference: str
    evidence: str
    skills: tuple[str, ...]
    where: str
    picture: str | None
    missing: str
    alt: str


def render_page(
    record: RunRecord, summary: Summary | None = None, picture_of: PictureOf | None = None
) -> str:
    """The report as HTML. picture_of: Image -> PNG bytes; by default `picture_for` the run."""
    summary = summary or summarise(record.probes, conditions=conditions_on(record.images.values()))
    picture_of = picture_of or (lambda image: picture_for(record.run_dir, image))
    cards = _cards(record, picture_of)
    verifier = str(record.config.get("verifier", ""))
    costs = stage_costs(record.metrics, judged=verifier != "exact")
    css = _style_sheet()
    page: str = _template().render(
        css=Markup(css),  # noqa: S704  # our own file
        css_hash=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode("ascii"),
        record=record,
        candidate=wording.model_name(str(record.config.get("candidate", "the candidate"))),
        images=str(record.config.get("images", "its images")),
        where=_kind(str(record.config.get("images", "its images"))),
        engine=str(record.config.get("engine", "")),
        answered=sum(probe.answer is not None for probe in record.probes),
        summary=summary,
        judged=JUDGED,
        pairs=pair_cards(record, picture_of),
        fixed=corrections(summary, record.correctness) if record.correctness else None,
        second_rows=second_opinion.rows(record.second) if record.second else (),
        second_told=tuple(second_opinion.told(record.second)) if record.second else (),
        margin=MARGIN,
        alpha=float(record.config.get("alpha", 0.05)),
        sentences=sentences(summary),
        tiles=tiles(summary),
        combinations=summary.combinations,
        compositions=summary.compositions[:COMPOSITIONS_SHOWN],
        heat_map=_heat(summary),
        heat_bins=_heat_legend(),
        least_support=LEAST_SUPPORT,
        charts=charts(summary.curve),
        cards=cards,
        failures=sum(figures.failures for figures in summary.phases),
        costs=costs,
        cost_bar=stacked_bar([(cost.words, cost.seconds) for cost in costs]) if costs else None,
        own_share=sum(cost.share for cost in costs if not cost.model),
        total_s=sum(cost.seconds for cost in costs),
        command=command_of(record.config),
        environment=(*image_rows(record.seen), *environment_rows(record.environment)),
        config=sorted((name, str(value)) for name, value in record.config.items()),
        verifier=verifier,
        skills_known=bool(summary.skills),
        no_skills=wording.NO_SKILLS,
        reasons=reasons(record.probes),
        full=_full_scale(summary.skills),
        phase_full=_phase_scale(summary.phases),
    )
    return page


def _cards(record: RunRecord, picture_of: PictureOf) -> list[Card]:
    cards: list[Card] = []
    room = MOST_BYTES // 2
    for probe in choose_failures(record.probes):
        picture, missing = None, "not shown: the page would grow too large"
        if room > 0:
            picture, missing = _picture(record, probe, picture_of)
        room -= len(picture or "")
        cards.append(_card(probe, picture, missing))
    return cards


def _picture(record: RunRecord, probe: Probe, picture_of: PictureOf) -> tuple[str | None, str]:
    """(data URI, "") or (None, why there is none): a missing picture must not cost the reader the report."""
    image = record.images.get(probe.image_id)
    if image is None:
        return None, "the ledger holds no record of this image"
    try:
        return thumbnail_uri(picture_of(image)), ""
    except (ImagesError, RenderError) as error:
        return None, str(error)


def _card(probe: Probe, picture: str | None, missing: str) -> Card:
    return Card(
        question=probe.question.text,
        answer=(probe.answer.text or "") if probe.answer else "",
        reference=probe.verdict.reference or wording.NOTHING,
        evidence=probe.verdict.evidence,
        skills=tuple(wording.skill_name(skill) for skill in probe.verdict.skills),
        where=_where(probe),
        picture=picture,
        missing=missing,
        alt=f"The image that was asked about: {probe.question.text}",
    )


def _where(probe: Probe) -> str:
    if is_evaluation(probe.phase):
        return f"held out, {wording.phase_name(probe.phase)}"
    return "held out, confirmation" if probe.phase == CONFIRMATION else f"step {probe.step}"


def _kind(images: str) -> str:
    """What kind of images, for the title: "tabletop:n=2000,seed=7" -> "the tabletop", "data/photos" -> "photos"."""
    if images.partition(":")[0] == "tabletop":
        return "the tabletop"
    return images.rstrip("/").rpartition("/")[2] or images


def _heat(summary: Summary) -> Markup | None:
    if not summary.skills:
        return None
    names = {group.skills[0]: wording.skill_name(group.skills[0]) for group in summary.skills}
    return heat_map(summary.skills, summary.pairs, names)


def _heat_legend() -> list[tuple[str, str]]:
    """(class, words) of each colour of the heat map."""
    ends = [0.0, *BINS, 1.0]
    return [(f"h{at}", f"{100 * ends[at]:.0f}–{100 * ends[at + 1]:.0f}%") for at in range(len(BINS) + 1)]


def _full_scale(groups: Sequence[GroupFigures]) -> float:
    """What the full width of a bar stands for: the next tenth above the highest upper end."""
    return _next_tenth([group.rate.high for group in groups])


def _phase_scale(phases: Sequence[PhaseFigures]) -> float:
    intervals: list[Interval | None] = [
        interval for at in phases for interval in (at.fdr_asked, at.fdr_valid)
    ]
    return _next_tenth([interval.high for interval in intervals if interval is not None])


def _next_tenth(values: Sequence[float]) -> float:
    highest = max(values, default=1.0)
    return min(1.0, max(1, -int(-highest * 10 // 1)) / 10)


@cache
def _template() -> Any:
    loader = PackageLoader("scotoma.report", "templates")
    jinja = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    jinja.globals.update(
        percent=wording.percent,
        rate=wording.rate,
        span=wording.span,
        times=wording.times,
        points=wording.points,
        number=wording.number,
        duration=wording.duration,
        skills_name=wording.skills_name,
        skill_name=wording.skill_name,
        condition_name=wording.condition_name,
        phase_name=wording.phase_name,
        mode_name=wording.mode_name,
        outcome_state=wording.outcome_state,
        again=wording.again,
        rate_bar=rate_bar,
    )
    return jinja.get_template("report.html.j2")


@cache
def _style_sheet() -> str:
    return resources.files("scotoma.report").joinpath("templates/report.css").read_text("utf-8")
