"""Skills -> what in a noun phrase asks for them, and which part of a nested phrase takes which."""

from __future__ import annotations

from scotoma.tabletop.asking.view import PLAIN, View
from scotoma.tabletop.program import AttributeKey, Direction

Needs = frozenset[str]
NOTHING: Needs = frozenset()
MAX_FILTERS, MAX_DEPTH = 3, 2

KEY_OF_SKILL: dict[str, AttributeKey] = {
    "colour": "colour",
    "material": "material",
    "size": "size",
    "text_reading": "text",
    "orientation": "facing",
    "occlusion": "hidden",
}
DIRECTIONS: dict[str, tuple[Direction, ...]] = {
    "left_right": ("left", "right"),
    "front_behind": ("front", "behind"),
}
ANCHORED = frozenset(("left_right", "front_behind", "nearest", "between", "viewpoint", "same_attribute"))
PICKS = frozenset(("superlative", "ordering"))
WRAPPERS = frozenset(("negation", "disjunction", "same_attribute", "conjunction"))
REFERENCE_SKILLS: Needs = frozenset(KEY_OF_SKILL) | ANCHORED | PICKS | WRAPPERS
"""What a noun phrase can ask for; the other skills come with the kind of question."""
NON_PLAIN = (*sorted(ANCHORED - {"same_attribute"}), "orientation", "occlusion", "text_reading")
"""Skills whose filters are more than adjectives."""
OPPOSITE: dict[Direction, Direction] = {
    "left": "right",
    "right": "left",
    "front": "behind",
    "behind": "front",
}


def shared_out(view: View, needs: Needs, inside: Needs, depth: int) -> tuple[Needs, Needs] | None:
    """(skills for the phrase's own filters, skills for an anchor's phrase), or None if there is no place.

    Two filters beyond adjectives would need "conjunction" too: unless that is wanted, only one stays outside.
    """
    hosts = sorted((needs & ANCHORED) - inside)
    if depth >= MAX_DEPTH or not (hosts or inside & needs):
        return None if inside & needs else (needs, NOTHING)
    host = view.rng.choice(hosts or sorted(DIRECTIONS))
    kept, rest = {host}, set(needs - {host})
    if host == "same_attribute":
        kept |= _one_of(view, rest & set(PLAIN))
    if host in DIRECTIONS and "negation" in rest and view.coin():
        kept.add("negation")
    rest -= kept
    room = 1 if "conjunction" in needs else 0
    wrappers = sorted(rest & {"negation", "disjunction"})
    if wrappers and not room:
        return frozenset(kept), frozenset(rest)
    for skill in view.shuffled(sorted(rest)):
        adjective = skill in PLAIN and (bool(wrappers) or view.coin(0.6))
        takes_room = skill not in PLAIN and skill != "conjunction"
        if skill in inside or not (adjective or skill == "conjunction" or (takes_room and room > 0)):
            continue
        kept.add(skill)
        room -= takes_room
    return frozenset(kept), needs - kept


def _one_of(view: View, skills: set[str]) -> set[str]:
    return {view.rng.choice(sorted(skills))} if skills else set()
