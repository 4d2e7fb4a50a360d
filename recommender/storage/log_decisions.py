"""What the log has of decisions: playbooks, budgets, answered requests, receipts."""

from collections.abc import Sequence

from recommender.storage import playbooks
from recommender.storage.clock import to_microseconds
from recommender.storage.goodwill import Budget, spent_budgets, used_up_budgets
from recommender.storage.opened_log import OpenedLog
from recommender.storage.playbooks import StoredPlaybook
from recommender.storage.receipts import StoredReceipt, put_receipts, receipts_of
from recommender.storage.terms import answered_by
from recommender.types import CustomerId, DecisionId


class LogDecisions(OpenedLog):
    """Reads and writes what decisions of one log need and leave."""

    def seed_of(self, customer_id: CustomerId) -> int:
        """Return a number that is always the same for a customer of this log, and says nothing else of them."""
        return self._identity.seed_of(customer_id)

    def key_for(self, purpose: str) -> bytes:
        """Return a key to sign with, 32 bytes: always the same for a purpose and this log, and of no use for another."""
        return self._identity.key_for(purpose)

    def spent_budgets(self, customer_id: CustomerId, budgets: Sequence[Budget]) -> list[Budget]:
        """Return the budgets that have no room now for what is asked of them."""
        return spent_budgets(self._database, customer_id, budgets, to_microseconds(self._clock()))

    def used_up_budgets(self, customer_id: CustomerId, budgets: Sequence[Budget]) -> list[Budget]:
        """Return the budgets that have no room now, not even for what is left of the customer's own where that is less."""
        return used_up_budgets(self._database, customer_id, budgets, to_microseconds(self._clock()))

    def put_playbook(self, version: str, content: bytes) -> None:
        """Keep a playbook that is decided from as of now."""
        playbooks.put_playbook(self._database, version, content, self._clock())

    def playbook(self, version: str) -> StoredPlaybook | None:
        """Return a playbook that was decided from, or None."""
        return playbooks.playbook_of(self._database, version)

    def newest_playbook(self) -> StoredPlaybook | None:
        """Return the playbook that was loaded last, or None."""
        return playbooks.newest_playbook(self._database)

    def answered_by(self, customer_id: CustomerId, request_id: str) -> DecisionId | None:
        """Return the decision that has answered a request of a customer and still does, or None."""
        return answered_by(self._database, customer_id, request_id, to_microseconds(self._clock()))

    def put_receipts(self, receipts: Sequence[StoredReceipt]) -> None:
        """Write receipts durably in one transaction."""
        put_receipts(self._parts.erased, receipts)

    def receipt(self, decision_id: DecisionId) -> StoredReceipt | None:
        """Return the receipt of a decision, or None."""
        return self.receipts([decision_id]).get(decision_id)

    def receipts(self, decision_ids: Sequence[DecisionId]) -> dict[DecisionId, StoredReceipt]:
        """Return the receipts of decisions; those that have none are left out."""
        return receipts_of(self._database, decision_ids)
