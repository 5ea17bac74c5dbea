"""Questions + memory -> how new each of them is.

bleu    overlap of words between two texts, and within a set (self-BLEU)
embed   texts -> vectors
vendi   vectors -> how many different texts they amount to
memory  what the run has asked, and the novelty of what it asks now
compositions  how often each composition of skills was asked, of late
"""

from scotoma.novelty.bleu import self_bleu
from scotoma.novelty.compositions import CompositionMemory
from scotoma.novelty.embed import EMBEDDERS, Embedder, embedder
from scotoma.novelty.memory import Novelty, NoveltyMemory
from scotoma.novelty.vendi import vendi_score

__all__ = [
    "EMBEDDERS",
    "CompositionMemory",
    "Embedder",
    "Novelty",
    "NoveltyMemory",
    "embedder",
    "self_bleu",
    "vendi_score",
]
