"""Scene graphs -> the conditions that a probe meets beside its skills. Pure.

    count>=4, count<=2     the right number, where a question asks how many
    objects>=6             objects in the scene
    colour=red, material=metal, size=small, category=cup, family=animal    words that the question mentions
                           (a category also mentions its family)
    visible<0.7            the least visible share of an object that a noun of the question may mean

They say what `tabletop.planted.When` says, so that a planted condition can be named as it was planted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from scotoma.analysis.features import Conditions
from scotoma.records import Image, Probe
from scotoma.tabletop import oracle
from scotoma.tabletop.oracle.membership import is_a
from scotoma.tabletop.oracle.tree import phrases_of
from scotoma.tabletop.planted import BlindSpot, mentions
from scotoma.tabletop.program import Count, Program
from scotoma.tabletop.scene import Scene

MENTIONED = ("colour", "material", "size", "category", "family")
COUNTS = range(1, 8)
"""Bounds of the right number."""
OBJECTS = range(3, 11)
"""Bounds of the objects in a scene: none has fewer than 2 or more than 10."""
VISIBLE = (0.5, 0.7, 0.9)
"""Bounds of visible shares. Below 0.7 the oracle calls an object partly hidden."""

_SCENES_KEPT = 256


def tabletop_conditions(truths: Mapping[str, Mapping[str, Any]]) -> Conditions:
    """The conditions of a probe, by the truth of its image (image id -> scene graph, as `Image.truth`).

    None for images without truth, and for texts that the grammar cannot read.
    """

    @lru_cache(_SCENES_KEPT)
    def scene_of(image_id: str) -> Scene:
        return Scene.from_truth(truths[image_id])

    def conditions(probe: Probe) -> tuple[str, ...]:
        if probe.image_id not in truths:
            return ()
        return tuple(conditions_of(probe.question.text, scene_of(probe.image_id)))

    return conditions


def conditions_on(images: Iterable[Image]) -> Conditions:
    """The conditions of probes on these images; none on images without truth."""
    return tabletop_conditions({image.id: image.truth for image in images if image.truth is not None})


def conditions_of(question: str, scene: Scene) -> Iterator[str]:
    """The conditions that a question about a scene meets."""
    ruling = oracle.ask(question, scene)
    if ruling.program is None:
        return
    yield from (f"objects>={least}" for least in OBJECTS if len(scene.objects) >= least)
    if isinstance(ruling.program, Count) and ruling.answer is not None:
        number = int(ruling.answer)
        yield from (f"count>={least}" for least in COUNTS if number >= least)
        yield from (f"count<={most}" for most in COUNTS if number <= most)
    yield from (f"{key}={word}" for key, word in sorted(mentions(ruling.program)) if key in MENTIONED)
    seen = _least_visible(ruling.program, scene)
    yield from (f"visible<{bound}" for bound in VISIBLE if seen < bound)


def features_of(spot: BlindSpot) -> tuple[str, ...]:
    """What a planted blind spot is called here: to be compared with a mode by `Mode.means`."""
    when = spot.when
    named = (
        ("count>={}", when.min_count),
        ("count<={}", when.max_count),
        ("objects>={}", when.min_objects),
        ("colour={}", when.colour),
        ("category={}", when.category),
        ("family={}", when.family),
    )
    return (*spot.skills, *(name.format(value) for name, value in named if value is not None))


def _least_visible(program: Program, scene: Scene) -> float:
    nouns = [phrase.noun for phrase in phrases_of(program)]
    meant = (thing.visible for thing in scene.objects if any(is_a(thing, noun) for noun in nouns))
    return min(meant, default=1.0)
