"""The errors that Rapport raises on purpose.

Every message says what was expected, what was found and what to do. None knows HTTP: serving maps each class
to a problem document in one table.

::

    RapportError
    ├── InvalidInputError         the caller sent something that cannot be accepted
    │   ├── InvalidEventError     an event that does not fit its type
    │   ├── InvalidItemError      a catalogue item that does not fit
    │   ├── InvalidRequestError   parameters of a decision, an export, a command
    │   ├── InvalidSourceError    a file that cannot be read, or whose columns are unknown
    │   ├── PlaybookError         a playbook or a condition, with everything that is wrong in it
    │   └── TooManyBadRowsError   a file with more bad rows than allowed
    ├── ConflictError             what is there already, or holds, does not allow it
    │   ├── EventConflictError    the same (source, event_id) with another content
    │   ├── CustomerMovedError    the customer has another version than was decided from
    │   ├── RequestAnsweredError  a decision has answered this request already
    │   ├── GoodwillRefusedError  goodwill that is not granted
    │   │   ├── GoodwillSpentError    the budget does not allow as much
    │   │   ├── GoodwillGivenError    another decision gave some for this complaint
    │   │   └── GoodwillCurrencyError it is in another currency than its budget
    │   ├── CustomerErasedError   the customer was erased, and is kept out
    │   └── CrowdedError          the customer changed too often to be decided for
    ├── NotFoundError             a thing that was named does not exist
    │   ├── DecisionErasedError   the customer of a decision was erased
    │   └── UnknownItemsError     items that were to be changed are not known
    ├── NotEnoughDataError        nothing to learn from, and why
    ├── BundleError               a bundle that must not be served
    │   └── CorruptBundleError    its bytes do not match its manifest
    └── UnavailableError          a part behind this one does not answer
        ├── LogUnavailableError   the SQL log cannot be read or written
        └── StateUnavailableError the state store cannot be read or written
"""

from dataclasses import dataclass
from datetime import datetime


class RapportError(Exception):
    """Root of every error that Rapport raises on purpose.

    Parameters
    ----------
    message
        One line: what went wrong.
    expected
        What would have been accepted.
    found
        What was there instead, shortened.
    remedy
        What the reader can do now.

    Examples
    --------
    >>> str(RapportError("k is out of range", expected="1 to 100", found="-3", remedy="send k=10"))
    'k is out of range: expected 1 to 100, found -3; send k=10'
    """

    def __init__(self, message: str, *, expected: str = "", found: str = "", remedy: str = "") -> None:
        self.message = message
        self.expected = expected
        self.found = found
        self.remedy = remedy
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [
            part
            for part in (
                f"expected {self.expected}" if self.expected else "",
                f"found {self.found}" if self.found else "",
            )
            if part
        ]
        sentence = self.message + (": " + ", ".join(parts) if parts else "")
        return sentence + (f"; {self.remedy}" if self.remedy else "")


class InvalidInputError(RapportError):
    """The caller sent something that cannot be accepted; nothing was written."""


class InvalidEventError(InvalidInputError):
    """An event does not fit its type."""


class InvalidItemError(InvalidInputError):
    """A catalogue item does not fit."""


class InvalidRequestError(InvalidInputError):
    """The parameters of a decision, an export or a command do not fit."""


class InvalidSourceError(InvalidInputError):
    """A file cannot be read, or its columns cannot be understood."""


@dataclass(frozen=True, slots=True, order=True)
class PlaybookProblem:
    """One thing that is wrong in a playbook.

    Attributes
    ----------
    line, column
        Where, both from 1.
    where
        The setting, such as ``actions.refill.value``; empty for a condition on its own.

    Examples
    --------
    >>> str(PlaybookProblem(3, 9, "currency", "this is no currency", found="'EURO'", remedy="write EUR"))
    "currency: this is no currency: found 'EURO'; write EUR"
    """

    line: int
    column: int
    where: str
    message: str
    expected: str = ""
    found: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        sentence = str(
            RapportError(self.message, expected=self.expected, found=self.found, remedy=self.remedy)
        )
        return f"{self.where}: {sentence}" if self.where else sentence


class PlaybookError(InvalidInputError):
    """A playbook cannot be used.

    Attributes
    ----------
    problems
        All of them, in the order of the file.

    Examples
    --------
    >>> problems = (PlaybookProblem(3, 9, "currency", "this is no currency"),)
    >>> str(PlaybookError(problems)), str(PlaybookError(problems, "new.toml"))
    ('line 3, column 9: currency: this is no currency', 'new.toml, line 3, column 9: currency: this is no currency')
    """

    def __init__(self, problems: tuple[PlaybookProblem, ...], file: str = "") -> None:
        self.problems = tuple(sorted(problems))
        where = f"{file}, " if file else ""
        super().__init__("\n".join(f"{where}line {p.line}, column {p.column}: {p}" for p in self.problems))


class TooManyBadRowsError(InvalidInputError):
    """A file has more bad rows than allowed; nothing was written."""


class ConflictError(RapportError):
    """The identity exists already with other content; nothing was written."""


class EventConflictError(ConflictError):
    """The same (source, event_id) was already written with another content."""


class CustomerMovedError(ConflictError):
    """Something happened to the customer since their state was read; nothing was written.

    Attributes
    ----------
    version
        The customer's present version.
    """

    def __init__(self, expected_version: int, version: int) -> None:
        self.version = version
        super().__init__(
            "the customer has changed meanwhile",
            expected=f"version {expected_version}",
            found=f"version {version}",
            remedy="read the customer again and decide anew",
        )


class RequestAnsweredError(ConflictError):
    """A decision has answered this request already; nothing was written.

    Attributes
    ----------
    decision_id
        The decision that did.
    """

    def __init__(self, request_id: str, decision_id: str) -> None:
        self.decision_id = decision_id
        super().__init__(
            "the request was answered already",
            expected="a request_id that is new",
            found=f"request_id {request_id[:80]}, decision {decision_id}",
            remedy="answer with that decision",
        )


class GoodwillRefusedError(ConflictError):
    """Goodwill is not granted; nothing was written.

    Attributes
    ----------
    action
        The action of the playbook that would give it.
    """

    def __init__(self, action: str, message: str, *, expected: str, found: str, remedy: str) -> None:
        self.action = action
        super().__init__(message, expected=expected, found=found, remedy=remedy)


class GoodwillSpentError(GoodwillRefusedError):
    """The budget does not allow as much goodwill; nothing was written."""

    def __init__(self, action: str, *, limit: float, granted: float, asked: float) -> None:
        super().__init__(
            action,
            f"the goodwill of {action} is spent",
            expected=f"at most {limit:g} in the window",
            found=f"{granted:g} granted and {asked:g} asked for",
            remedy="raise the budget in the playbook, or wait until grants leave the window",
        )


class GoodwillGivenError(GoodwillRefusedError):
    """Another decision gave goodwill for this complaint, or has it reserved; nothing was written."""

    def __init__(self, action: str, *, complaint_id: str, decision_id: str, is_reserved: bool) -> None:
        held = "reserved" if is_reserved else "given"
        super().__init__(
            action,
            f"the goodwill of {action} for this complaint is {held} already",
            expected="one sum for each complaint",
            found=f"complaint {complaint_id[:80]}, {held} by decision {decision_id[:80]}",
            remedy="wait until that contact is released or its reservation runs out, or accept that decision"
            if is_reserved
            else "do not pay it again",
        )


class GoodwillCurrencyError(GoodwillRefusedError):
    """Goodwill in another currency than its budget: nobody could say what is left; nothing was written."""

    def __init__(self, action: str, *, budget: str, asked: str) -> None:
        super().__init__(
            action,
            f"the goodwill of {action} is in another currency than its budget",
            expected=budget,
            found=asked[:80],
            remedy="leave the currency out, or send the amount in that of the budget",
        )


class CustomerErasedError(ConflictError):
    """The customer was erased, and stays so until that is lifted; nothing was written. The id is not repeated."""

    def __init__(self, message: str = "the customer was erased", *, found: str = "") -> None:
        super().__init__(
            message,
            expected="a customer who was not erased",
            found=found,
            remedy="leave it out; for somebody who came back run 'rapport erase --lift CUSTOMER'",
        )


class CrowdedError(ConflictError):
    """The customer changed again and again while a request of theirs was decided; nothing was written."""

    def __init__(self, attempts: int) -> None:
        super().__init__(
            "the customer changes too often to decide for them",
            found=f"{attempts} changes meanwhile",
            remedy="ask again in a moment with the same request_id",
        )


class NotFoundError(RapportError):
    """A thing that was named does not exist."""


class DecisionErasedError(NotFoundError):
    """The customer of a decision was erased, and its receipt with them."""

    def __init__(self, decision_id: str, erased_at: datetime) -> None:
        super().__init__(
            "the customer of this decision was erased",
            expected="a decision about somebody who was not",
            found=f"{decision_id}, erased at {erased_at:%Y-%m-%d %H:%M} UTC",
            remedy="its receipt is gone for good, so that it can be neither shown nor replayed",
        )


class UnknownItemsError(NotFoundError):
    """Items that were to be changed are not known; nothing was written.

    Attributes
    ----------
    item_ids
        All of them, in the order in which they were sent.
    """

    def __init__(self, item_ids: tuple[str, ...]) -> None:
        self.item_ids = item_ids
        shown = ", ".join(ascii(item_id)[1:61] if len(item_id) > 60 else item_id for item_id in item_ids[:3])
        more = f" and {len(item_ids) - 3} more" if len(item_ids) > 3 else ""
        super().__init__(
            "there are no such items" if len(item_ids) > 1 else "there is no such item",
            expected="items of the catalogue or of a purchase",
            found=shown + more,
            remedy="describe them with PUT /v1/items or 'rapport catalog load', or leave them out",
        )


class NotEnoughDataError(RapportError):
    """There is nothing to learn from; the message says what is missing."""


class BundleError(RapportError):
    """A bundle cannot be served."""


class CorruptBundleError(BundleError):
    """The bytes of a bundle do not match its manifest."""


class UnavailableError(RapportError):
    """A part behind this one does not answer."""


class LogUnavailableError(UnavailableError):
    """The SQL log cannot be read or written; nothing was acknowledged."""


class StateUnavailableError(UnavailableError):
    """The state store cannot be read or written; answers come from the log."""
