"""The registered model as MLflow loads it: this file is stored with every version, beside its bundle.

Nothing is pickled. It stays thin on purpose: what it does lives in the installed package.
"""

from pathlib import Path

import mlflow.models
import mlflow.pyfunc
import pandas as pd

from training.columns import MODEL_PARAMS
from training.predicting import Predictor


class RapportModel(mlflow.pyfunc.PythonModel):
    """``predict(frame, params={"k": 10})`` over purchase rows."""

    def load_context(self, context: mlflow.pyfunc.PythonModelContext) -> None:
        """Read the bundle once."""
        self._predictor = Predictor.load(Path(context.artifacts["bundle"]))

    def predict(
        self,
        context: mlflow.pyfunc.PythonModelContext,  # noqa: ARG002  # MLflow's name and place
        model_input: pd.DataFrame,
        params: dict[str, object] | None = None,
    ) -> pd.DataFrame:
        """Return ``customer_id, rank, item_id, score`` for every customer of the frame."""
        given = {**MODEL_PARAMS, **(params or {})}
        return self._predictor.predict(
            model_input, k=int(str(given["k"])), actions=str(given["actions"]), as_of=str(given["as_of"])
        )


mlflow.models.set_model(RapportModel())
