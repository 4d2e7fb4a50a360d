"""What a caller asks of one decision."""

from dataclasses import dataclass
from typing import Final

from recommender.errors import InvalidRequestError
from recommender.playbook.kinds import ActionKind
from recommender.types import ItemNumber

MAX_ACTIONS: Final = 100
"""Largest ``k``."""

MAX_CONTEXT_ITEMS: Final = 1000
"""Largest number of cart items, and of session items."""

_LARGEST_NUMBER: Final = 2**32 - 1

OFFERED_KINDS: Final = (ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN)
"""The kinds that are chosen among without a playbook, when nothing else is said."""

ASKABLE_KINDS: Final = tuple(kind for kind in ActionKind if kind is not ActionKind.DO_NOTHING)
"""The kinds that can be asked for."""


@dataclass(frozen=True, slots=True)
class DecisionRequest:
    """How many actions of which kinds, where, and what the customer has in hand.

    Parameters
    ----------
    k
        Largest number of actions wanted, 1 to 100. Fewer come when there are fewer candidates.
    actions
        Kinds to choose among, without repetition; not ``do_nothing``. None: all that the playbook has; without a
        playbook, offers and repeats.
    placement, channel
        Where the answer will be shown; recorded in the receipt. A playbook says of a channel whether it is outbound:
        consent, contact limits and quiet hours bind those.
    cart
        Items in the cart: they count as bought now for scoring, and their groups never come.
    session
        Items looked at: they count as bought now for scoring, and may come.
    request_id
        The caller's name of an outbound contact that is to be reserved once; None: a preview.
    without_goodwill
        Actions whose goodwill is spent, by id: they are said without any.

    Examples
    --------
    >>> DecisionRequest(k=3).check().k
    3
    >>> DecisionRequest(k=-1).check()
    Traceback (most recent call last):
    recommender.errors.InvalidRequestError: k is out of range: expected 1 to 100, found -1; send k=10
    """

    k: int = 10
    actions: tuple[ActionKind, ...] | None = None
    placement: str | None = None
    channel: str | None = None
    cart: tuple[ItemNumber, ...] = ()
    session: tuple[ItemNumber, ...] = ()
    request_id: str | None = None
    without_goodwill: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[ActionKind, ...]:
        """Return the kinds to choose among where there is no playbook.

        Examples
        --------
        >>> [kind.value for kind in DecisionRequest().kinds]
        ['product_offer', 'buy_again']
        """
        return OFFERED_KINDS if self.actions is None else self.actions

    def check(self) -> "DecisionRequest":
        """Return the request itself when it can be decided.

        Raises
        ------
        InvalidRequestError
            When k, the kinds, the cart or the session are out of range.
        """
        if not 1 <= self.k <= MAX_ACTIONS:
            raise InvalidRequestError(
                "k is out of range", expected=f"1 to {MAX_ACTIONS}", found=str(self.k), remedy="send k=10"
            )
        if self.actions is not None:
            check_kinds(self.actions)
        _check_context("cart", self.cart)
        _check_context("session", self.session)
        return self


def check_kinds(kinds: tuple[ActionKind, ...]) -> None:
    """Refuse an empty list of kinds, a repeated kind, and kinds that cannot be asked for.

    Raises
    ------
    InvalidRequestError
        Naming the kinds that would have been accepted.
    """
    if not kinds or len(set(kinds)) != len(kinds) or not set(kinds) <= set(ASKABLE_KINDS):
        raise InvalidRequestError(
            "the kinds of action cannot be decided",
            expected="one or more of " + ", ".join(ASKABLE_KINDS) + ", each once",
            found=",".join(kinds)[:80] or "none",
            remedy="leave actions out to ask for all of them",
        )


def parse_kinds(text: str) -> tuple[ActionKind, ...]:
    """Read the comma list of a query parameter or a command line option.

    Raises
    ------
    InvalidRequestError
        When a word is no kind, is repeated, or cannot be asked for.

    Examples
    --------
    >>> [kind.name for kind in parse_kinds("buy_again, product_offer")]
    ['BUY_AGAIN', 'PRODUCT_OFFER']
    """
    words = [word.strip() for word in text.split(",")]
    unknown = [word for word in words if word not in set(ASKABLE_KINDS)]
    if unknown:
        raise InvalidRequestError(
            "unknown kind of action",
            expected="a comma list of " + ", ".join(ASKABLE_KINDS),
            found=unknown[0][:80] or "an empty word",
            remedy="leave actions out to ask for all of them",
        )
    kinds = tuple(ActionKind(word) for word in words)
    check_kinds(kinds)
    return kinds


def _check_context(name: str, items: tuple[ItemNumber, ...]) -> None:
    if len(items) > MAX_CONTEXT_ITEMS:
        raise InvalidRequestError(
            f"too many items in the {name}",
            expected=f"at most {MAX_CONTEXT_ITEMS}",
            found=str(len(items)),
            remedy="send the newest ones",
        )
    out_of_range = [item for item in items if not 0 <= item <= _LARGEST_NUMBER]
    if out_of_range:
        raise InvalidRequestError(
            f"an item number of the {name} is out of range",
            expected=f"0 to {_LARGEST_NUMBER}",
            found=str(out_of_range[0])[:80],
            remedy="send the numbers that the log gave",
        )
