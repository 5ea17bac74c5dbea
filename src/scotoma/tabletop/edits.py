"""Scene + Program -> the single edits that may turn the outcome; Scene + Edit -> the edited Scene. Pure.

An edit changes one object and nothing else, so that two pictures that differ by it differ in one thing only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from scotoma.tabletop.geometry import placed_in_view
from scotoma.tabletop.oracle.membership import is_a, members
from scotoma.tabletop.oracle.phrases import name_of
from scotoma.tabletop.oracle.tree import attributes_of, phrases_of
from scotoma.tabletop.oracle.truth import Refused
from scotoma.tabletop.places import WAYS, Way, clear_place, hiders_of, place_towards, places_for
from scotoma.tabletop.program import Program, Ref, skills_of
from scotoma.tabletop.sampler import can_stand
from scotoma.tabletop.scene import COLOURS, MATERIALS, SIGN_WORDS, SIZES, Scene, SceneObject

Kind = Literal["take_away", "uncover", "paint", "material", "size", "turn", "move", "write"]
KINDS: tuple[Kind, ...] = ("uncover", "take_away", "paint", "material", "size", "turn", "write", "move")
"""In the order in which they are tried where nothing else tells. uncover: moved out from behind what hides it."""

Value = str | int | tuple[float, float] | None

_TELLING: Mapping[str, tuple[Kind, ...]] = {
    "existence": ("take_away",),
    "counting": ("take_away",),
    "category": ("take_away",),
    "colour": ("paint",),
    "material": ("material",),
    "shape": ("take_away",),
    "size": ("size",),
    "text_reading": ("write",),
    "orientation": ("turn",),
    "viewpoint": ("turn", "move"),
    "comparison": ("take_away", "size"),
    **dict.fromkeys(
        ("left_right", "front_behind", "nearest", "between", "ordering", "superlative"), ("move",)
    ),
}
"""What an object can lose or change that a question needing the skill hinges on; `uncover` always tells."""
_MOVED: Mapping[Way, str] = {
    "left": "to the left",
    "right": "to the right",
    "front": "towards the viewer",
    "back": "away from the viewer",
}
_FACING = {"left": "face left", "right": "face right", "toward": "face the viewer", "away": "face away"}
_TURNED = {
    90: "turned a quarter anticlockwise, seen from above",
    180: "turned right round",
    270: "turned a quarter clockwise, seen from above",
}
Choice = tuple[Value, str]
"""A value, and what it does in words."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of one object.

    value: a colour, material, size or sign text; degrees counter-clockwise (90, 180, 270) for `turn`; x and y in
           metres for `move` and `uncover`; None for `take_away`.
    words: one sentence for people, such as "the red mug taken away".
    """

    kind: Kind
    object_id: int
    value: Value
    words: str

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"kind": self.kind, "object_id": self.object_id, "value": value, "words": self.words}

    @staticmethod
    def from_dict(table: Mapping[str, Any]) -> Edit:
        """The edit that `to_dict` wrote, also after a round trip through JSON."""
        value = table["value"]
        return Edit(
            table["kind"],
            table["object_id"],
            (value[0], value[1]) if isinstance(value, list) else value,
            table["words"],
        )


def edits_of(scene: Scene, program: Program) -> tuple[Edit, ...]:
    """The edits worth trying on a rendered scene, the most telling for the question first.

    Objects that the question speaks of, in what it asks; what hides them; those objects in all else; then objects of
    a kind that it names; then the rest. Within each part the first value of every kind comes before the second of any.
    """
    spoken = _spoken_of(program, scene)
    hiding = {hider.id for item in spoken for hider in hiders_of(item, scene)} - {item.id for item in spoken}
    telling = {kind for skill in skills_of(program) for kind in _TELLING.get(skill, ())} | {"uncover"}
    phrases = tuple(phrases_of(program))
    named = [part.value for part in attributes_of(program) if part.key == "colour"]
    paints = [*named, *(item.colour for item in spoken)]
    ranked = []
    for item in scene.objects:
        near = any(phrase.noun.kind != "object" and is_a(item, phrase.noun) for phrase in phrases)
        for turn, edit in _edits_on(item, scene, paints):
            if item in spoken:
                part = 0 if edit.kind in telling else 2
            elif item.id in hiding:
                part = 1 if edit.kind in ("take_away", "move") else 4
            else:
                part = 3 if near else 4
            ranked.append(((part, turn, KINDS.index(edit.kind), item.id), edit))
    return tuple(edit for _, edit in sorted(ranked, key=lambda pair: pair[0]))


def apply(scene: Scene, edit: Edit) -> Scene | None:
    """The edited scene as before rendering; None where it cannot be: overlap, out of the frame, or no change at all.

    Raises ValueError if the scene has no such object.
    """
    before = scene.unmeasured()
    item = next((item for item in before.objects if item.id == edit.object_id), None)
    if item is None:
        raise ValueError(f"the scene has no object {edit.object_id}")
    if edit.kind == "take_away":
        left = tuple(other for other in before.objects if other is not item)
        return replace(before, objects=left) if left else None
    changed = _changed(item, edit)
    others = [other for other in before.objects if other is not item]
    moved = edit.kind in ("size", "turn", "move", "uncover")
    if changed == item or (moved and not can_stand(changed, others, before.camera)):
        return None
    return replace(before, objects=tuple(changed if other is item else other for other in before.objects))


def _changed(item: SceneObject, edit: Edit) -> SceneObject:
    match edit.kind, edit.value:
        case "paint", str(colour):
            return replace(item, colour=colour)
        case "material", str(material):
            return replace(item, material=material)
        case "size", str(size):
            ratio = SIZES[size] / SIZES[item.size]
            width, depth, height = (round(side * ratio, 4) for side in item.extent)
            return replace(item, size=size, extent=(width, depth, height))
        case "write", str(text) if item.text is not None:
            return replace(item, text=text)
        case "turn", int(degrees) if item.has_front:
            return replace(item, yaw_deg=round((item.yaw_deg + degrees) % 360.0, 2))
        case (("move" | "uncover"), (float(x), float(y))):
            return replace(item, x=x, y=y)
    raise ValueError(f"not an edit of {name_of(item)}: {edit.kind} {edit.value!r}")


# ---- what can be done to one object --------------------------------------------------------------------------


def _edits_on(item: SceneObject, scene: Scene, paints: list[str]) -> Iterator[tuple[int, Edit]]:
    """(0, 1, 2, ... within its kind, edit) of every possible edit of an object. paints: colours worth trying."""
    name = _name(item, scene)
    choices: dict[Kind, list[Choice]] = {
        "take_away": [(None, "taken away")],
        "paint": [(colour, f"painted {colour}") for colour in _other_colours(item, scene, paints)],
        "material": [(other, f"made {other}") for other in MATERIALS if other != item.material],
        "size": [(other, f"made {other}") for other in SIZES if other != item.size],
        "turn": _turns(item, scene),
        "write": [(word, f"saying {word} in place of {item.text}") for word in _other_words(item, scene)],
        **_moves(item, scene),
    }
    for kind in KINDS:
        for turn, (value, words) in enumerate(choices[kind]):
            edit = Edit(kind, item.id, value, f"{name} {words}")
            if apply(scene, edit) is not None:
                yield turn, edit


def _turns(item: SceneObject, scene: Scene) -> list[Choice]:
    """Quarter turns; in words by where the object then faces, if that can be called."""
    turns: list[Choice] = []
    for degrees in (90, 180, 270) if item.has_front else ():
        turned = replace(item, yaw_deg=item.yaw_deg + degrees)
        facing = placed_in_view(scene.camera, turned).facing
        turns.append((degrees, _TURNED[degrees] if facing is None else f"turned to {_FACING[facing]}"))
    return turns


def _moves(item: SceneObject, scene: Scene) -> dict[Kind, list[Choice]]:
    places, hiders = places_for(item, scene), hiders_of(item, scene)
    clear = clear_place(places)
    moves: dict[Kind, list[Choice]] = {"uncover": [], "move": []}
    if hiders and clear is not None:
        words = f"moved out from behind {_name(hiders[0], scene)}"
        moves["uncover"].append(((clear.x, clear.y), words))
    for way in WAYS:
        place = place_towards(way, item, places)
        if place is not None:
            moves["move"].append(((place.x, place.y), f"moved {_MOVED[way]}"))
    return moves


def _other_colours(item: SceneObject, scene: Scene, paints: list[str]) -> list[str]:
    """A colour that nothing has yet, then those worth trying."""
    colours = list(COLOURS)
    start = colours.index(item.colour)
    used = {other.colour for other in scene.objects}
    fresh = [colour for colour in colours[start:] + colours[:start] if colour not in used][:1]
    return [colour for colour in dict.fromkeys(fresh + paints) if colour != item.colour]


def _other_words(item: SceneObject, scene: Scene) -> list[str]:
    """Two words that no sign of the scene has."""
    if item.text is None:
        return []
    taken = {other.text for other in scene.objects}
    start = SIGN_WORDS.index(item.text)
    return [word for word in SIGN_WORDS[start:] + SIGN_WORDS[:start] if word not in taken][:2]


# ---- what the question speaks of, and how objects are called ---------------------------------------------------


def _spoken_of(program: Program, scene: Scene) -> tuple[SceneObject, ...]:
    """The objects that a noun phrase of the question means, or may mean, in the order of the scene."""
    found: set[int] = set()
    for phrase in phrases_of(program):
        found |= {item.id for item in _meant(phrase, scene)}
    return tuple(item for item in scene.objects if item.id in found)


def _meant(phrase: Ref, scene: Scene) -> list[SceneObject]:
    try:
        truth_N = members(phrase, scene)
    except Refused:  # an anchor names no single object: then by the noun alone
        return [item for item in scene.objects if is_a(item, phrase.noun)]
    return [item for item, truth in zip(scene.objects, truth_N, strict=True) if truth is not False]


def _name(item: SceneObject, scene: Scene) -> str:
    """The shortest name that no other object of the scene shares; if all are shared, with its place among them."""
    names = (
        lambda thing: f"the {thing.colour} {thing.category}",
        lambda thing: f"the {thing.size} {thing.colour} {thing.category}",
        lambda thing: f"the {thing.colour} {thing.material} {thing.category}",
        name_of,
    )
    for name in names:
        if sum(name(other) == name(item) for other in scene.objects) == 1:
            return name(item)
    alike = sorted(
        (other for other in scene.objects if name_of(other) == name_of(item)),
        key=lambda other: (other.u, other.id),
    )
    place = alike.index(item) + 1
    return f"{name_of(item)} that is number {place} of {len(alike)} from the left"
