"""Boosted trees: fitted by LightGBM, flattened into arrays that need it no more."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recommender.errors import InvalidInputError
from recommender.fitting.config import TreesConfig
from recommender.models.tree_walk import EVERY_LEAF
from recommender.models.trees import MOST_LEAVES, FlatTrees, slot_of_leaf
from recommender.types import Float32Array, Int64Array

if TYPE_CHECKING:
    import lightgbm


class _Node(NamedTuple):
    feature: int
    threshold: float
    mask: int


def fit_trees(
    x: Float32Array,
    outcome: Float32Array,
    config: TreesConfig,
    seed: int,
    *,
    groups: Int64Array | None = None,
    weight: Float32Array | None = None,
) -> FlatTrees:
    """Return trees for the log-odds of an outcome, or for a ranking within groups.

    Parameters
    ----------
    x
        ``float32 [rows, features]``, finite.
    outcome
        0 or 1, ``[rows]``.
    config, seed
        Settings; the same data and seed give the same trees, bit for bit.
    groups
        Rows of each customer, ``int64 [customers]``, adding up to ``rows``: LambdaMART (Burges 2010) orders the rows
        within each. ``None``: the binary log-loss.
    weight
        Of each row, ``float32 [rows]``; ``None`` for equal ones.
    """
    import lightgbm

    objective: dict[str, Any] = {"objective": "binary", "boost_from_average": True}
    if groups is not None:
        objective = {"objective": "lambdarank", "lambdarank_truncation_level": config.truncation}
    params = {
        **objective,
        "num_leaves": config.leaves,
        "learning_rate": config.learning_rate,
        "min_data_in_leaf": max(1, min(config.min_rows, len(x) // 20)),
        "feature_fraction": config.feature_fraction,
        "bagging_fraction": config.row_fraction,
        "bagging_freq": 1 if config.row_fraction < 1 else 0,
        "lambda_l2": config.l2,
        "max_bin": config.bins,
        "use_missing": False,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": config.threads,
        "verbosity": -1,
    }
    data = lightgbm.Dataset(x, outcome, group=groups, weight=weight, params=params, free_raw_data=True)
    return flat_trees(lightgbm.train(params, data, num_boost_round=config.trees))


def mean_of(forests: Sequence[FlatTrees]) -> FlatTrees:
    """Return trees whose score is the mean of the scores of several, at least one."""
    sizes = np.cumsum([0, *(int(forest.indptr[-1]) for forest in forests)], dtype=np.int64)
    leaf = np.concatenate([forest.leaf for forest in forests])
    starts = [forest.indptr[:-1] + size for forest, size in zip(forests, sizes[:-1], strict=True)]
    return FlatTrees(
        indptr=np.concatenate([*starts, sizes[-1:]]),
        feature=np.concatenate([forest.feature for forest in forests]),
        threshold=np.concatenate([forest.threshold for forest in forests]),
        mask=np.concatenate([forest.mask for forest in forests]),
        leaf=(leaf / len(forests)).astype(np.float32),
    )


def flat_trees(booster: "lightgbm.Booster") -> FlatTrees:
    """Flatten a booster; :func:`recommender.models.trees.tree_scores` then equals its raw score.

    A threshold is rounded down to ``float32``, which answers the same for every ``float32``.

    Raises
    ------
    InvalidInputError
        The booster has more than 32 leaves in a tree, several outputs, averaged or linear trees, categorical splits,
        or splits that treat missing values.
    """
    model = booster.dump_model()
    if model["num_tree_per_iteration"] != 1 or model["average_output"]:
        raise _refused("one summed tree per round", "several outputs, or an average")
    trees = [_flattened(tree) for tree in model["tree_info"]]
    nodes = [node for tree, _ in trees for node in tree]
    leaf = np.zeros((len(trees), MOST_LEAVES), np.float32)
    for row, (_, values) in enumerate(trees):
        leaf[row, [slot_of_leaf(position) for position in range(len(values))]] = values
    threshold = np.array([node.threshold for node in nodes], np.float64)
    return FlatTrees(
        indptr=np.cumsum([0, *(len(tree) for tree, _ in trees)], dtype=np.int64),
        feature=np.array([node.feature for node in nodes], np.int32),
        threshold=_rounded_down(threshold),
        mask=np.array([node.mask for node in nodes], np.uint32),
        leaf=leaf,
    )


def _flattened(tree: Mapping[str, Any]) -> tuple[list[_Node], list[float]]:
    nodes: list[_Node] = []
    values: list[float] = []
    _walk(tree["tree_structure"], nodes, values)
    if len(values) > MOST_LEAVES:
        raise _refused(f"at most {MOST_LEAVES} leaves", str(len(values)))
    return nodes, values


def _walk(node: Mapping[str, Any], nodes: list[_Node], values: list[float]) -> None:
    """Number the leaves from left to right; a node takes those to its left out."""
    if "leaf_const" in node:
        raise _refused("constant leaves", "linear ones")
    if "leaf_value" in node:
        values.append(float(node["leaf_value"]))
        return
    if node["decision_type"] != "<=" or node["missing_type"] != "None":
        raise _refused(
            "splits `<=` without missing values",
            f"`{node['decision_type']}`, missing values: {node['missing_type']}",
        )
    begin = len(values)
    _walk(node["left_child"], nodes, values)
    taken_out = (1 << len(values)) - (1 << begin)
    nodes.append(_Node(int(node["split_feature"]), float(node["threshold"]), EVERY_LEAF & ~taken_out))
    _walk(node["right_child"], nodes, values)


def _rounded_down(threshold: "np.ndarray[Any, np.dtype[np.float64]]") -> Float32Array:
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    return np.where(near > threshold, np.nextafter(near, np.float32(-np.inf)), near).astype(np.float32)


def _refused(expected: str, found: str) -> InvalidInputError:
    return InvalidInputError("these trees cannot be flattened", expected=expected, found=found)
