"""Labelled probes of one run or several -> meta-skills over skills, with what failed, where.

    skills in words ──► near-duplicates removed ──► topics ──► refined skills ──► meta-skills ──► figures

- asked       what is counted of a probe
- primitives  stage 1: the skills of every question, in words
- dedup       stage 2: near-duplicates by embedding
- topics      stage 2: BERTopic over combinations of primitives
- naming      stage 3: clusters -> named skills, from the catalogue and c-TF-IDF
- asking      stages 3 and 4: the same by a model
- spread      which skills fail in all candidates, which in some
- figures     counts and intervals of every skill
- building    all of it
"""

from scotoma.taxonomy.asked import Asked, asked_of
from scotoma.taxonomy.building import Taxonomy, build
from scotoma.taxonomy.figures import MetaSkill, SkillFigures

__all__ = ["Asked", "MetaSkill", "SkillFigures", "Taxonomy", "asked_of", "build"]
