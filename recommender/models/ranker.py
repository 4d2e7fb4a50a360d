"""The second stage: a learned order of a customer's candidates."""

from dataclasses import dataclass, field

import numpy as np

from recommender.models.arrays import Arrays, read_only
from recommender.models.feature_kernels import FEATURES, SPARSE
from recommender.models.item_facts import RELATIVE
from recommender.models.offer_tables import RankerTables
from recommender.models.trees import FlatTrees
from recommender.types import Float32Array, Int32Array, UInt8Array

PROPOSERS = (*SPARSE, *(f"{name}_lifted" for name in SPARSE), *RELATIVE)
"""Who proposes candidates: a depth each."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Mean of three orders, each standardised over the customer's candidates.

    Attributes
    ----------
    depth
        How many items each of :data:`PROPOSERS` proposes, ``int32``.
    weights
        Of the pairwise trees, the binary trees and the linear model, ``float32 [3]``, >= 0; what has no weight is
        not asked.
    pairwise
        LambdaMART.
    binary
        Log-odds that a candidate is bought.
    linear
        Intercept and a slope per feature, ``float32 [1 + features]``: log-odds as well.
    kinds
        Kinds of promotions whose planned and past shares are features after the others; none where they do not help.
    """

    depth: Int32Array
    weights: Float32Array
    pairwise: FlatTrees
    binary: FlatTrees
    linear: Float32Array
    kinds: tuple[str, ...] = ()
    tables: RankerTables = field(init=False, repr=False)

    def __post_init__(self) -> None:
        tables = RankerTables(
            depth=read_only(self.depth),
            weights=read_only(self.weights),
            pairwise=self.pairwise.tables,
            binary=self.binary.tables,
            linear=read_only(self.linear),
        )
        object.__setattr__(self, "tables", tables)

    @classmethod
    def absent(cls) -> "Ranker":
        """Return the ranker that leaves the first stage's order alone."""
        return cls(
            depth=np.zeros(len(PROPOSERS), np.int32),
            weights=np.zeros(3, np.float32),
            pairwise=FlatTrees.empty(),
            binary=FlatTrees.empty(),
            linear=np.zeros(1 + len(FEATURES), np.float32),
        )

    def arrays(self) -> Arrays:
        """Return everything that a bundle must hold."""
        trees = {"pairwise": self.pairwise, "binary": self.binary}
        return {
            "depth": self.depth,
            "weights": self.weights,
            "linear": self.linear,
            **({"kinds": _as_bytes(self.kinds)} if self.kinds else {}),
            **{
                f"{part}_{name}": array
                for part, model in trees.items()
                for name, array in model.arrays().items()
            },
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> "Ranker":
        """Rebuild the ranker from its arrays."""

        def trees(part: str) -> FlatTrees:
            prefix = f"{part}_"
            return FlatTrees.from_arrays(
                {
                    name.removeprefix(prefix): value
                    for name, value in arrays.items()
                    if name.startswith(prefix)
                }
            )

        return cls(
            arrays["depth"],
            arrays["weights"],
            trees("pairwise"),
            trees("binary"),
            arrays["linear"],
            _as_words(arrays["kinds"]) if "kinds" in arrays else (),
        )


def _as_bytes(words: tuple[str, ...]) -> UInt8Array:
    return np.frombuffer("\n".join(words).encode(), np.uint8)


def _as_words(content: UInt8Array) -> tuple[str, ...]:
    return tuple(content.tobytes().decode().split("\n"))
