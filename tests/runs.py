"""seed -> a run folder that looks like a real one: images with truth, probes of training and held-out phases.

No model and no renderer takes part. Questions are filled in from templates over the objects of each scene,
and fail at known rates: `FAILURE_RATE` by skill, and PLANTED, two skills that fail together.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Picture

from scotoma.ledger import Ledger, StoredCall
from scotoma.records import SKILLS, Answer, Image, Probe, Question, Verdict
from scotoma.tabletop.sampler import sample_scene

PLANTED = ("counting", "occlusion")
PLANTED_RATE = 0.9
FAILURE_RATE: Mapping[str, float] = {
    "existence": 0.04,
    "colour": 0.05,
    "material": 0.06,
    "category": 0.12,
    "shape": 0.08,
    "size": 0.16,
    "counting": 0.18,
    "left_right": 0.22,
    "front_behind": 0.26,
    "superlative": 0.14,
    "nearest": 0.30,
    "between": 0.34,
    "orientation": 0.32,
    "viewpoint": 0.48,
    "occlusion": 0.20,
    "comparison": 0.28,
    "same_attribute": 0.24,
    "ordering": 0.33,
    "negation": 0.21,
    "conjunction": 0.17,
    "disjunction": 0.19,
    "text_reading": 0.38,
}


def probes(run_dir: Path, phase: str | None = None) -> list[Probe]:
    """What a run has stored, of one phase or of all."""
    with Ledger.open(run_dir, readonly=True) as ledger:
        return list(ledger.probes(phase))


@dataclass(frozen=True)
class Template:
    """A sentence with {a}, {b} (objects), {c} (a colour) and {m} (a material); what it needs; its answers."""

    text: str
    skills: tuple[str, ...]
    answers: tuple[str, ...]


_YES_NO = ("yes", "no")
_NUMBERS = ("0", "1", "2", "3", "4")
_COLOURS = ("red", "blue", "green", "yellow", "purple", "cyan", "brown", "gray")
TEMPLATES: tuple[Template, ...] = (
    Template("Is there a {a}?", ("existence",), _YES_NO),
    Template("What colour is the {a}?", ("colour",), _COLOURS),
    Template("What is the {a} made of?", ("material",), ("matte", "metal")),
    Template("How many {c} objects are there?", ("counting", "colour"), _NUMBERS),
    Template("Is there a {m} {a}?", ("existence", "material"), _YES_NO),
    Template("What is left of the {a}?", ("category", "left_right"), ("chair", "cup", "sign", "cube")),
    Template("What colour is the leftmost object?", ("colour", "superlative"), _COLOURS),
    Template("Is the {a} larger than the {b}?", ("comparison",), _YES_NO),
    Template("What size is the {a} nearest to the {b}?", ("size", "nearest"), ("small", "large")),
    Template("Which way does the {a} face?", ("orientation",), ("left", "right", "toward", "away")),
    Template("What does the sign say?", ("text_reading",), ("STOP", "EXIT", "CAFE", "7")),
    Template("How many objects are partly hidden?", PLANTED, _NUMBERS),
    Template("How many {c} objects are partly hidden?", ("counting", "colour", "occlusion"), _NUMBERS),
    Template("Is the {a} partly hidden?", ("occlusion",), _YES_NO),
    Template("Seen from the {a}, is the {b} on its left or right?", ("viewpoint",), ("left", "right")),
    Template("How many objects are behind the {a}?", ("counting", "front_behind"), _NUMBERS),
    Template(
        "Is there a {c} object between the {a} and the {b}?", ("existence", "colour", "between"), _YES_NO
    ),
    Template("What is the second object from the left?", ("category", "ordering"), ("chair", "cup", "sign")),
    Template("How many objects are not {c}?", ("counting", "colour", "negation"), _NUMBERS),
    Template("Are there both a {a} and a {b}?", ("existence", "conjunction"), _YES_NO),
    Template("Do the {a} and the {b} have the same colour?", ("colour", "same_attribute"), _YES_NO),
    Template("What shape is the block behind the {a}?", ("shape", "front_behind"), ("cube", "cone")),
    Template("Is there a {c} or {m} object?", ("existence", "colour", "material", "disjunction"), _YES_NO),
    Template(
        "What colour is the object on the left of the {a}, seen from the {b}?",
        ("colour", "viewpoint"),
        _COLOURS,
    ),
    Template(
        "Are there more {c} objects behind the {a} than {m} ones?",
        ("counting", "colour", "material", "front_behind", "comparison"),
        _YES_NO,
    ),
)


def synthetic_images(n: int, seed: int = 7) -> list[Image]:
    """Records of sampled, unrendered scenes. Ids are those of the stand-in pictures, not of renderings."""
    source = f"tabletop:n={n},seed={seed},size=224"
    records = []
    for index in range(n):
        uri = f"tabletop:seed={seed},index={index},size=224"
        identity = hashlib.sha256(uri.encode()).hexdigest()
        records.append(Image(identity, source, 224, 224, uri, sample_scene(seed, index).to_truth()))
    return records


def synthetic_probe(
    phase: str, place: tuple[int, int, int], image: Image, hardness: float, seed: int
) -> Probe:
    """One probe. hardness 0..1: how strongly hard templates are preferred. place: step, group, member."""
    rng = random.Random(f"{seed}:{phase}:{place}")
    weights = [(1.0 - hardness) + hardness * 12.0 * failure_rate(t.skills) ** 2 for t in TEMPLATES]
    template = rng.choices(TEMPLATES, weights)[0]
    names = [entry["category"] for entry in image.truth["objects"]] if image.truth else ["cup", "chair"]
    first, second = rng.choice(names), rng.choice(names)
    text = template.text.format(a=first, b=second, c=rng.choice(_COLOURS), m=rng.choice(("matte", "metal")))
    draw = rng.random()
    answer: Answer | None = None
    if draw < 0.14 - 0.09 * hardness:
        verdict = Verdict(False, None, None, "ambiguous_referent", f"Two objects match “the {first}”.")
    elif draw > 0.995:
        answer = Answer(None, "mini", 0.02, error="timed out")
        verdict = Verdict(
            True, None, template.answers[0], "unscorable", "The call timed out.", template.skills
        )
    else:
        answer, verdict = _answered(rng, template)
    rewards = _rewards(rng, verdict)
    known = [value for value in rewards.values() if value is not None]
    return Probe(
        phase,
        *place,
        image.id,
        Question(text, "mini", "Ask one question about this image."),
        answer,
        verdict,
        rewards,
        sum(known) if known else None,
        seed,
    )


def failure_rate(skills: Sequence[str]) -> float:
    """How often a question that needs these skills is answered wrongly here."""
    if set(PLANTED) <= set(skills):
        return PLANTED_RATE
    right = 1.0
    for skill in skills:
        right *= 1.0 - FAILURE_RATE[skill]
    return 1.0 - right


def synthetic_probes(
    images: Sequence[Image],
    *,
    steps: int = 40,
    held_out: int = 60,
    group: int = 8,
    groups: int = 2,
    seed: int = 0,
) -> Iterable[Probe]:
    """Training that grows harder step by step, then three held-out phases on the last `held_out` images."""
    training, rest = images[: len(images) - held_out], images[len(images) - held_out :]
    for step in range(1, steps + 1):
        for at in range(groups):
            image = training[(step * groups + at) % len(training)]
            for member in range(group):
                place = (step, at, member)
                yield synthetic_probe("train", place, image, min(1.0, 1.2 * step / steps), seed)
    for phase, hardness in (("eval:random", 0.0), ("eval:untrained", 0.1), ("eval:trained", 0.95)):
        for at, image in enumerate(rest):
            for member in range(4):
                yield synthetic_probe(phase, (0, at, member), image, hardness, seed)


def write_run(
    run_dir: Path,
    images: Sequence[Image],
    probes: Iterable[Probe],
    *,
    config: Mapping[str, Any] | None = None,
    stand_in_pictures: bool = True,
) -> Path:
    """A run folder with these images and probes. stand_in_pictures: plain ones, to render nothing."""
    asked = {"images": images[0].source if images else "tabletop", "candidate": "mini", "questioner": "mini"}
    asked |= {"verifier": "exact", "engine": "grpo", "seed": 0, "out": str(run_dir), "max_calls": 20_000}
    environment = {
        "python": "3.11.7",
        "packages": {"scotoma": "0.1.0", "torch": "2.13.0"},
        "platform": "Linux x86_64",
        "cpu_cores": 2,
        "seeds": {"run": 0},
    }
    stored = list(probes)
    with Ledger.create(run_dir, asked | dict(config or {}), environment) as ledger:
        ledger.add_images(images)
        ledger.add_probes(stored)
        ledger.store_calls(
            StoredCall(f"{number:064x}", probe.question.text, probe.answer.text or "", 0.02)
            for number, probe in enumerate(stored)
            if probe.answer is not None
        )
        for step in sorted({probe.step for probe in stored if probe.phase == "train"}):
            ledger.add_metrics(step, step_seconds(step))
    if stand_in_pictures:
        (run_dir / "pictures").mkdir()
        for number, image in enumerate(images):
            colour = (40 + number * 37 % 200, 60 + number * 53 % 180, 80 + number * 71 % 160)
            Picture.new("RGB", (32, 32), colour).save(run_dir / "pictures" / f"{image.id}.png")
    return run_dir


def step_seconds(step: int) -> dict[str, float]:
    """Seconds by stage as training stores them."""
    stages = {
        "render": 0.1,
        "ask": 1.2,
        "answer": 0.9,
        "verify": 0.05,
        "novelty": 0.3,
        "record": 0.02,
        "update": 1.4,
    }
    return {f"seconds/{name}": round(value * (1 + 0.1 * (step % 3)), 4) for name, value in stages.items()}


def _answered(rng: random.Random, template: Template) -> tuple[Answer, Verdict]:
    reference = rng.choice(template.answers)
    wrong = rng.random() < failure_rate(template.skills)
    said = rng.choice([other for other in template.answers if other != reference]) if wrong else reference
    evidence = f"The scene says {reference}, the answer was {said}." if wrong else "The answer is right."
    verdict = Verdict(True, not wrong, reference, "wrong" if wrong else "right", evidence, template.skills)
    return Answer(said, "mini", 0.02), verdict


def _rewards(rng: random.Random, verdict: Verdict) -> dict[str, float | None]:
    if verdict.unscorable:
        return {"failure": None, "novelty_sem": None, "novelty_lex": None, "novelty_mix": None}
    if verdict.valid is False:
        return {"failure": -1.0, "novelty_sem": None, "novelty_lex": None, "novelty_mix": None}
    novelty = {
        name: round(rng.uniform(0.1, 0.5), 4) for name in ("novelty_sem", "novelty_lex", "novelty_mix")
    }
    return {"failure": float(verdict.failure), **novelty}


assert set(FAILURE_RATE) == set(SKILLS)
