"""Likeness of names and categories: what a new item has before anybody bought it."""

import numpy as np

from recommender.fitting.config import ContentConfig
from recommender.fitting.neighbours import truncated_product
from recommender.models import ItemItemModel


def fit_content(texts: list[str], modelled: int, config: ContentConfig) -> ItemItemModel | None:
    """Return the cosine of TF-IDF weights of words and pairs of words; ``None`` where no two items share a word.

    Parameters
    ----------
    texts
        Name and category of every item, empty where unknown.
    modelled
        The first that many items are compared.
    config
        Settings.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    known = texts[: min(modelled, config.most_modelled)]
    try:
        words = TfidfVectorizer(
            ngram_range=(1, 2),
            min_df=2,
            max_df=0.1 if len(known) > 100 else 1.0,
            max_features=config.words,
            sublinear_tf=True,
            dtype=np.float32,
        )
        weights = words.fit_transform(known)
    except ValueError:  # no word at all, or none that two items share
        return None
    by_word = weights.T.tocsr()
    found = truncated_product(by_word, by_word, len(texts), config.neighbours)
    return found if len(found.weight) else None
