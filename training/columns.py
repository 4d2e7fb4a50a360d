"""Columns of what the registered model takes and gives, and of an exported campaign file."""

from typing import Final

INPUT_COLUMNS: Final = ("customer_id", "item_id", "occurred_at", "quantity", "order_id")
"""What the model takes; ``order_id`` is optional."""

OUTPUT_COLUMNS: Final = {"customer_id": "string", "rank": "long", "item_id": "string", "score": "double"}
"""What the model gives, with MLflow's types."""

EXPORT_COLUMNS: Final = ("customer_id", "rank", "action", "item_id", "score", "reason")
"""A campaign file where no playbook decides."""

PLAYBOOK_COLUMNS: Final = {
    "customer_id": "str",
    "rank": "int",
    "action": "str",
    "item_id": "str",
    "score": "float",
    "reason": "str",
    "action_id": "str",
    "text": "str",
    "subject": "str",
    "expected_value": "float",
    "value": "float",
    "context": "float",
    "lever": "float",
    "cost": "float",
    "amount": "float",
    "due_at": "time",
    "deadline_at": "time",
    "action_probability": "float",
}
"""A campaign file under a playbook, with the kind of what each column holds; the first ones are those without."""

UNSUBSCRIBE_COLUMN: Final = "unsubscribe_url"
"""The last column of what goes out, where the public address of the API is set."""

DEFAULT_K: Final = 10
"""Actions per customer when nothing else is said."""

MODEL_PARAMS: Final = {"k": DEFAULT_K, "actions": "product_offer", "as_of": ""}
"""Parameters of the model and their defaults; ``as_of`` empty: the newest of the frame and the training data."""
