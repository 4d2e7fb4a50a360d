"""The names under which one installation keeps its state."""

from dataclasses import dataclass, field

from recommender.types import CustomerId


@dataclass(frozen=True, slots=True)
class StateKeys:
    """Keys of one namespace; two installations on one server use two namespaces and never meet.

    Examples
    --------
    >>> StateKeys("shop").customer("ann")
    b'shop:c:ann'
    """

    namespace: str
    epoch: bytes = field(init=False)
    checkpoint: bytes = field(init=False)
    _customer: bytes = field(init=False)

    def __post_init__(self) -> None:
        prefix = self.namespace.encode()
        object.__setattr__(self, "epoch", prefix + b":epoch")
        object.__setattr__(self, "checkpoint", prefix + b":checkpoint")
        object.__setattr__(self, "_customer", prefix + b":c:")

    def customer(self, customer_id: CustomerId) -> bytes:
        """Return the key of one customer's state."""
        return self._customer + customer_id.encode()

    def customer_of(self, key: bytes) -> CustomerId:
        """Return whose state a key names."""
        return CustomerId(key.removeprefix(self._customer).decode())

    def lock(self, run_id: str) -> bytes:
        """Return the key of the recovery lock of one server run; a lock of an earlier run means nothing."""
        return f"{self.namespace}:lock:{run_id}".encode()

    def every_customer(self) -> bytes:
        """Return the pattern that matches the key of every customer of the namespace."""
        escaped = "".join(f"\\{c}" if c in "*?[]\\^-" else c for c in self.namespace)
        return escaped.encode() + b":c:*"
