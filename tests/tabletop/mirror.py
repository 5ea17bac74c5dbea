"""Program -> the program that asks the same of the mirror image."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from scotoma.tabletop.program import (
    Attribute,
    Ordinal,
    Query,
    Relation,
    SeenFrom,
    Superlative,
    WhichSide,
)

SWAP = {"left": "right", "right": "left"}


def mirrored_program(part):
    """Every left for a right, in relations, sides, ends and facings; text stays."""
    if isinstance(part, tuple):
        return tuple(mirrored_program(inner) for inner in part)
    if not is_dataclass(part):
        return part
    changed = {field.name: mirrored_program(getattr(part, field.name)) for field in fields(part)}
    for kind, name in ((Relation, "direction"), (SeenFrom, "side"), (Superlative, "end"), (Ordinal, "side")):
        if isinstance(part, kind):
            changed[name] = SWAP.get(changed[name], changed[name])
    if isinstance(part, Attribute) and part.key == "facing":
        changed["value"] = SWAP.get(part.value, part.value)
    return type(part)(**changed)


def mirrored_answer(program, answer):
    """The answer to the mirrored question: sides and facings change places, all else stays."""
    sided = isinstance(program, WhichSide) or (isinstance(program, Query) and program.key == "facing")
    return SWAP.get(answer, answer) if sided else answer
