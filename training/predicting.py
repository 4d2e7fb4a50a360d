"""Slates for purchase rows: what the registered model does with a frame.

The rows are folded as the log folds its events and decided by the same ``decide()`` as over HTTP. Only the catalogue
is missing: a model alone does not know what is sold out today, so everything it learned from may be offered.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from recommender.bundles import load_bundle
from recommender.candidates import Assortment, assortment_of
from recommender.catalog import Catalogue
from recommender.customers import fold_columns
from recommender.customers.lines import OrderLines
from recommender.decisions import DecisionRequest, decide, parse_kinds
from recommender.models import FittedModels
from recommender.types import DecisionId, ModelVersion
from training.frames import FrameLines, answer, lines_of_frame
from training.times import parse_moment

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Predictor:
    """One bundle, ready to answer frames."""

    models: FittedModels
    assortment: Assortment

    @classmethod
    def load(cls, bundle: Path) -> "Predictor":
        """Read a bundle.

        Raises
        ------
        CorruptBundleError
            When its bytes do not match its manifest.
        """
        models, _ = load_bundle(bundle)
        version = ModelVersion(bundle.name)
        return cls(models, assortment_of(models, Catalogue.empty(), version))

    def predict(self, frame: "pd.DataFrame", *, k: int, actions: str, as_of: str) -> "pd.DataFrame":
        """Decide for every customer of a frame.

        Parameters
        ----------
        frame
            Purchase rows, see :func:`training.frames.lines_of_frame`.
        k
            Most actions per customer, 1 to 100.
        actions
            Comma list of ``product_offer`` and ``buy_again``.
        as_of
            Time of the decision; rows from then on are not used. Empty: now is the newest of the frame and of the training
            data.

        Returns
        -------
        pandas.DataFrame
            ``customer_id, rank, item_id, score``; customers by first appearance, ranks from 1.

        Raises
        ------
        InvalidInputError
            When the frame or a parameter cannot be read.
        """
        request = DecisionRequest(k=k, actions=parse_kinds(actions)).check()
        read = lines_of_frame(
            frame, dict(zip(self.models.items.ids, self.models.items.numbers.tolist(), strict=True))
        )
        if as_of:
            now_s = int(parse_moment(as_of, option="as_of").timestamp())
            read = _before(read, now_s)
        else:
            now_s = max(self.models.as_of_s, read.newest_s + 1 if len(read.lines) else 0)
        return self._slates(read, request, now_s)

    def _slates(self, read: FrameLines, request: DecisionRequest, now_s: int) -> "pd.DataFrame":
        folded = fold_columns(read.lines, read.customers, np.zeros(len(read.customers), np.int64))
        customers: list[str] = []
        ranks: list[int] = []
        items: list[str] = []
        scores: list[float] = []
        for row, customer in enumerate(read.customers):
            decision = decide(
                folded.state(row),
                request,
                self.models,
                self.assortment,
                now_s=now_s,
                decision_id=DecisionId(""),
            )
            for rank, action in enumerate(decision.actions, start=1):
                customers.append(customer)
                ranks.append(rank)
                items.append(self.models.items.ids[self.models.index_of_number[action.item]])
                scores.append(action.score)
        return answer(customers, ranks, items, scores)


def _before(read: FrameLines, now_s: int) -> FrameLines:
    """Return only the rows before a time; the customers stay."""
    rows = read.lines.at_us < now_s * 1_000_000
    columns = {name: getattr(read.lines, name)[rows] for name in OrderLines.__slots__}
    return replace(read, lines=OrderLines(**columns))
