"""SPEC and IMAGES strings -> frozen dataclasses, and back: `parse(str(spec)) == spec`.

Parsing reads no file. Only for a bare word that could be a folder's name does it look whether there is one.
A SPEC never holds a key, and what an error shows of one is `redacted`.
"""

from scotoma.specs.compatible import Compatible
from scotoma.specs.images import (
    IMAGES,
    Folder,
    HubDataset,
    ImagesSpec,
    Parquet,
    Tabletop,
    WebDataset,
    parse_images,
)
from scotoma.specs.models import (
    CANDIDATES,
    MODELS,
    QUESTIONERS,
    VERIFIERS,
    Baseline,
    CandidateSpec,
    Dtype,
    Exact,
    HuggingFace,
    Mini,
    MiniKind,
    ModelSpec,
    Oracle,
    Planted,
    QuestionerSpec,
    TrainedIn,
    VerifierSpec,
    parse_candidate,
    parse_model,
    parse_questioner,
    parse_verifier,
)
from scotoma.specs.reading import redacted

__all__ = [
    "CANDIDATES",
    "IMAGES",
    "MODELS",
    "QUESTIONERS",
    "VERIFIERS",
    "Baseline",
    "CandidateSpec",
    "Compatible",
    "Dtype",
    "Exact",
    "Folder",
    "HubDataset",
    "HuggingFace",
    "ImagesSpec",
    "Mini",
    "MiniKind",
    "ModelSpec",
    "Oracle",
    "Parquet",
    "Planted",
    "QuestionerSpec",
    "Tabletop",
    "TrainedIn",
    "VerifierSpec",
    "WebDataset",
    "parse_candidate",
    "parse_images",
    "parse_model",
    "parse_questioner",
    "parse_verifier",
    "redacted",
]
