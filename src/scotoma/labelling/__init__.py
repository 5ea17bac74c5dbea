"""Questions -> the skills that they need: exact where the verifier knows, else by a model or by a catalogue.

- labels      what a labeller says of a question, and the Protocol
- catalogue   the shipped list of visual skills
- masking     a question -> its frame, without the things that it is about
- nearest     the nearest entries of the catalogue, by embedding: offline
- replies     what a model replies -> skills
- asking      prompts + model -> what is read from its replies
- model       a model as a labeller, its calls kept
- probes      every probe of a run -> its label
- opening     SPEC -> labeller
"""

from scotoma.labelling.catalogue import Catalogue, CatalogueSkill, load_catalogue
from scotoma.labelling.labels import Label, Labeller
from scotoma.labelling.nearest import NearestLabeller
from scotoma.labelling.opening import open_labeller
from scotoma.labelling.probes import label_probes

__all__ = [
    "Catalogue",
    "CatalogueSkill",
    "Label",
    "Labeller",
    "NearestLabeller",
    "label_probes",
    "load_catalogue",
    "open_labeller",
]
