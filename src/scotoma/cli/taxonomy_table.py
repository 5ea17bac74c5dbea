"""Taxonomy -> a tree for people, one JSON object for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from scotoma.cli.results import json_ready
from scotoma.cli.terminal import clean
from scotoma.report import wording

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from scotoma.taxonomy import SkillFigures, Taxonomy
    from scotoma.taxonomy.figures import Figures

_SPREADS = {"universal": "all", "undecided": "?", "none": "", "single": ""}


def print_taxonomy(console: Console, taxonomy: Taxonomy) -> None:
    """The tree, what fails in all candidates or only in some, whether that is known, what was left out or not done."""
    stages = taxonomy.stages
    console.print(tree_table(taxonomy))
    if len(taxonomy.candidates) > 1:
        _print_spread(console, taxonomy)
    for skill in taxonomy.skills:
        if skill.fails:
            console.print(f"{clean(skill.name)}: {clean(skill.known.told)}", soft_wrap=True)
    console.print(
        f"{stages.questions:,} questions, {stages.primitives:,} primitive skills ({stages.merged:,} near-duplicates), "
        f"{stages.combinations:,} combinations, {stages.clusters:,} clusters, {stages.skills:,} skills, "
        f"{stages.meta_skills:,} meta-skills; seed {taxonomy.seed}",
        soft_wrap=True,
    )
    if taxonomy.unlabelled:
        counted = ", ".join(
            f"{count:,} {clean(reason.replace('_', ' '))}" for reason, count in taxonomy.unlabelled.items()
        )
        console.print(f"unlabelled, and left out: {counted}", soft_wrap=True)
    for line in taxonomy.told:
        console.print(f"note: {clean(line)}", soft_wrap=True)


def tree_table(taxonomy: Taxonomy) -> Table:
    """A row a meta-skill, and under it a row a skill, the worst first."""
    from rich.table import Table

    names = short_names(taxonomy.candidates)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("meta-skill / skill", overflow="fold")
    for heading in ("probes", "failures", "failure rate [95%]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("fails in" if len(names) > 1 else "fails more", overflow="fold")
    for meta in taxonomy.meta_skills:
        table.add_row(clean(meta.name), *_cells(meta.figures), "", style="bold")
        for skill in meta.skills:
            table.add_row(f"  {clean(skill.name)}", *_cells(skill.figures), _fails_in(skill, names))
    return table


def taxonomy_json(taxonomy: Taxonomy, runs: Sequence[str], labeller: str, calls: int) -> dict[str, Any]:
    """The same for machines, with keywords, examples and figures by candidate."""
    return {
        "runs": list(runs),
        "labeller": labeller,
        "labeller_calls": calls,
        "seed": taxonomy.seed,
        "candidates": list(taxonomy.candidates),
        "stages": json_ready(taxonomy.stages),
        "meta_skills": json_ready(taxonomy.meta_skills),
        "universal": [skill.name for skill in taxonomy.universal],
        "specific": {
            skill.name: [of.candidate for of in skill.candidates if of.fails] for skill in taxonomy.specific
        },
        "unlabelled": json_ready(taxonomy.unlabelled),
        "notes": list(taxonomy.told),
    }


def short_names(candidates: Sequence[str]) -> dict[str, str]:
    """SPEC -> a short name of it, the SPEC itself where two would be the same.

    >>> short_names(["mini", "planted:data/a.toml", "hf:x/m", "hf:y/m"])
    {'mini': 'mini', 'planted:data/a.toml': 'planted:a.toml', 'hf:x/m': 'hf:x/m', 'hf:y/m': 'hf:y/m'}
    """
    names = {spec: wording.model_name(spec) for spec in candidates}
    counts = Counter(names.values())
    return {spec: clean(name if counts[name] == 1 else spec) for spec, name in names.items()}


def _print_spread(console: Console, taxonomy: Taxonomy) -> None:
    names = short_names(taxonomy.candidates)
    universal = ", ".join(clean(skill.name) for skill in taxonomy.universal)
    console.print(f"fail in all {len(taxonomy.candidates)} candidates: {universal or 'none'}", soft_wrap=True)
    for name in taxonomy.candidates:
        only = [
            clean(skill.name)
            for skill in taxonomy.specific
            if any(of.fails and of.candidate == name for of in skill.candidates)
        ]
        console.print(f"fail in {names[name]}, not in all: {', '.join(only) or 'none'}", soft_wrap=True)


def _cells(figures: Figures) -> tuple[str, str, str]:
    return f"{figures.probes:,}", f"{figures.failures:,}", wording.rate(figures.rate, 0)


def _fails_in(skill: SkillFigures, names: Mapping[str, str]) -> str:
    several = len(names) > 1
    failing = [names[of.candidate] for of in skill.candidates if of.fails]
    if not several:
        return "yes" if failing else ""
    if skill.spread == "specific":
        return ", ".join(failing)
    told = _SPREADS[skill.spread]
    return f"{', '.join(failing)} {told}" if skill.spread == "undecided" else told
