"""What a re-enactment found: facts that go to JSON, features that go to safetensors, seconds spent by stage."""
import json
import pathlib
import platform
import time
from contextlib import contextmanager

import numpy as np
import sklearn
import tokenizers
import torch
import transformers
from safetensors.numpy import save_file

FACTS_FILE = "outcome.json"
FEATURES_FILE = "features.safetensors"


def plain(value):
    """Turn numpy and torch values into what JSON holds; float32 numbers keep their nine digits."""
    if isinstance(value, torch.Tensor):
        value = value.detach().numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.9g}")
    return value


def versions():
    return dict(python=platform.python_version(), numpy=np.__version__, torch=torch.__version__.split("+")[0],
                transformers=transformers.__version__, tokenizers=tokenizers.__version__, scikit_learn=sklearn.__version__)


class Outcome:
    """Facts of one run. Shared by all studies: `recipe`, `settings`, `versions`, `seconds`, `sample` and `parts`.

    `sample` holds rows of the table (or pairs, or windows of ids) in the order used; `parts` the places in that sample
    which train, validate and test.
    """

    def __init__(self, recipe, **settings):
        self.facts = dict(recipe=recipe, settings=settings, versions=versions(), seconds={})
        self.features = {}

    def __getitem__(self, key):
        return self.facts[key]

    def set(self, **facts):
        self.facts.update(facts)

    def keep(self, address, rows):
        """Keep the features of one address, in float32."""
        self.features[address] = np.ascontiguousarray(rows, dtype=np.float32)

    @contextmanager
    def timed(self, stage):
        start = time.perf_counter()
        yield
        self.facts["seconds"][stage] = self.facts["seconds"].get(stage, 0.0) + time.perf_counter() - start

    def save(self, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        save_file(self.features, folder / FEATURES_FILE)
        (folder / FACTS_FILE).write_text(json.dumps(plain(self.facts), separators=(",", ":")) + "\n", encoding="utf-8")
