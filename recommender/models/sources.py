"""One source at a time: what the blend mixes, as fitting and evaluation see it."""

import numpy as np

from recommender.data.history import History
from recommender.models.blend import Source
from recommender.models.fitted import FittedModels
from recommender.models.source_kernels import mix_in, raw_source
from recommender.types import Float32Array


def source_scores(
    models: FittedModels, source: Source, history: History, now_s: int, *, lifted: bool = False
) -> Float32Array:
    """Return the score of every item by one source, over the customer's best unowned item, ``float32 [n]``."""
    tables = models.offer_tables
    raw = np.empty(len(models.items), np.float32)
    raw_source(int(source), history.item, history.last_s, tables, now_s, raw)
    out = np.zeros(len(models.items), np.float32)
    mix_in(raw, models.popularity.lift, lifted, history.item, 1.0, out)
    return out
