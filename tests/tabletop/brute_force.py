"""A second oracle, as simple as can be: two-valued logic, no margins, loops over all objects.

It was written from the docstrings of `scotoma.tabletop.program` and shares no code with the oracle. What the
real one calls valid, this one must answer alike: a margin only ever takes questions away.
"""

from __future__ import annotations

import math

from scotoma.tabletop.program import (
    Attribute,
    Between,
    Both,
    CompareCounts,
    CompareSizes,
    Count,
    Either,
    Exists,
    Nearest,
    Not,
    Or,
    Query,
    Relation,
    SameAs,
    SameAttribute,
    SeenFrom,
    Superlative,
    Verify,
    WhichSide,
)


class Nameless(LookupError):
    """A phrase that should name one object names none or several, or asks for what the object has not."""


def answer(program, scene):
    """The answer as the oracle spells it. Raises Nameless."""
    things = scene.objects
    if isinstance(program, Exists):
        return yes(len(select(program.ref, things)) > 0)
    if isinstance(program, Count):
        return str(len(select(program.ref, things)))
    if isinstance(program, Query):
        return value(the(program.ref, things), program.key)
    if isinstance(program, Verify):
        subject = the(program.ref, things)
        for part in program.filters:
            if isinstance(part, Attribute):
                value(subject, part.key)
            suppose(part, things)
        return yes(all(true_of(subject, part, things) for part in program.filters))
    if isinstance(program, WhichSide):
        return "left" if on_left_hand(the(program.anchor, things), the(program.ref, things)) else "right"
    if isinstance(program, Both | Either):
        there = [len(select(ref, things)) > 0 for ref in (program.first, program.second)]
        return yes(all(there) if isinstance(program, Both) else any(there))
    if isinstance(program, CompareCounts):
        first, second = len(select(program.first, things)), len(select(program.second, things))
        return yes({"more": first > second, "fewer": first < second, "equal": first == second}[program.op])
    first, second = the(program.first, things), the(program.second, things)
    if isinstance(program, CompareSizes):
        rank = {"small": 1, "large": 2}
        difference = rank[first.size] - rank[second.size]
        return yes(difference > 0 if program.op == "larger" else difference < 0)
    assert isinstance(program, SameAttribute)
    return yes(getattr(first, program.key) == getattr(second, program.key))


def yes(holds):
    return "yes" if holds else "no"


def the(ref, things):
    found = select(ref, things)
    if len(found) != 1:
        raise Nameless(f"{len(found)} objects")
    return found[0]


def select(ref, things):
    """All objects that a noun phrase means. Its anchors must name something even if nothing hangs on them."""
    for part in ref.filters:
        suppose(part, things)
    left = []
    for candidate in things:
        names = {"object": "object", "family": candidate.family, "category": candidate.category}
        if names[ref.noun.kind] != ref.noun.name:
            continue
        if all(true_of(candidate, part, things) for part in ref.filters if not isinstance(part, Nearest)):
            left.append(candidate)
    chosen = left
    for part in ref.filters:
        if isinstance(part, Nearest):
            anchor = the(part.anchor, things)
            others = [candidate for candidate in left if candidate.id != anchor.id]
            closest = sorted(others, key=lambda c: math.dist((c.x, c.y), (anchor.x, anchor.y)))[:1]
            chosen = [candidate for candidate in chosen if candidate in closest]
    if ref.pick is None:
        return chosen
    if isinstance(ref.pick, Superlative):
        place, end = 1, ref.pick.end
    else:
        place, end = ref.pick.n, ref.pick.side
    order = {
        "left": lambda c: c.u,
        "right": lambda c: -c.u,
        "front": lambda c: c.depth,
        "back": lambda c: -c.depth,
    }[end]
    return sorted(chosen, key=order)[place - 1 : place]


def suppose(part, things):
    """Every anchor names one object, and what is looked from has a front."""
    if isinstance(part, Not):
        suppose(part.part, things)
    elif isinstance(part, Between):
        the(part.first, things)
        the(part.second, things)
    elif isinstance(part, Relation | Nearest | SameAs):
        the(part.anchor, things)
    elif isinstance(part, SeenFrom):
        on_left_hand(the(part.anchor, things), things[0])


def true_of(candidate, part, things):
    """Does the filter hold of this object?"""
    if isinstance(part, Attribute):
        return lookup(candidate, part.key) == part.value
    if isinstance(part, Or):
        return true_of(candidate, part.first, things) or true_of(candidate, part.second, things)
    if isinstance(part, Not):
        if isinstance(part.part, Relation) and candidate.id == the(part.part.anchor, things).id:
            return False
        return not true_of(candidate, part.part, things)
    if isinstance(part, Between):
        first, second = the(part.first, things), the(part.second, things)
        inside = min(first.u, second.u) < candidate.u < max(first.u, second.u)
        return (
            candidate.id not in (first.id, second.id) and inside and off_line(candidate, first, second) < 0.30
        )
    anchor = the(part.anchor, things)
    if candidate.id == anchor.id:
        return False
    if isinstance(part, SameAs):
        return getattr(candidate, part.key) == getattr(anchor, part.key)
    if isinstance(part, SeenFrom):
        return on_left_hand(anchor, candidate) == (part.side == "left")
    assert isinstance(part, Relation)
    return {
        "left": candidate.u < anchor.u,
        "right": candidate.u > anchor.u,
        "front": candidate.depth < anchor.depth,
        "behind": candidate.depth > anchor.depth,
    }[part.direction]


def lookup(candidate, key):
    if key == "facing":
        if not candidate.has_front:
            return None
        quarters = {"toward": 0, "right": 90, "away": 180, "left": 270}
        return min(quarters, key=lambda name: abs((candidate.heading_deg - quarters[name] + 180) % 360 - 180))
    if key == "hidden":
        return "yes" if candidate.visible < 0.79 else "no"
    return getattr(candidate, "category" if key == "shape" else key)


def value(candidate, key):
    """The value that is asked for, which the object must have."""
    found = lookup(candidate, key)
    if found is None or (key == "shape" and candidate.family != "block"):
        raise Nameless(f"no {key}")
    return found


def off_line(candidate, first, second):
    """Least distance to points of the segment, tried one by one."""
    steps = 400
    return min(
        math.hypot(
            first.x + (second.x - first.x) * step / steps - candidate.x,
            first.y + (second.y - first.y) * step / steps - candidate.y,
        )
        for step in range(steps + 1)
    )


def on_left_hand(viewer, candidate):
    """Walk a metre along the viewer's nose; is the candidate to the left of that walk (cross product)?"""
    if not viewer.has_front:
        raise Nameless("no front")
    turn = math.radians(viewer.yaw_deg - 90.0)
    ahead_x, ahead_y = math.cos(turn), math.sin(turn)
    return ahead_x * (candidate.y - viewer.y) - ahead_y * (candidate.x - viewer.x) > 0
