"""The kinds of things the brand could do next."""

import enum
from typing import Final


class ActionKind(enum.StrEnum):
    """What an action is, on the wire and in receipts; receipts store positions, so append only.

    Examples
    --------
    >>> ActionKind("buy_again") is ActionKind.BUY_AGAIN
    True
    """

    PRODUCT_OFFER = "product_offer"
    """An item of a group that the customer does not own."""

    BUY_AGAIN = "buy_again"
    """An item that the customer bought and uses up."""

    DO_NOTHING = "do_nothing"
    """Saying nothing; never asked for, wins when nothing is worth saying (a playbook decides that)."""

    SERVICE_REMINDER = "service_reminder"
    """A service that a holding's plan asks for is due."""

    APPOINTMENT = "appointment"
    """A booked visit is near."""

    THANK_YOU = "thank_you"
    """Thanks for a purchase, with how to care for it."""

    REVIEW_REQUEST = "review_request"
    """What do you think of it? Asked only of what was delivered."""

    SURVEY = "survey"
    """A question about how it went, answered with a number, words, or both."""

    APOLOGY = "apology"
    """Sorry for what went wrong, with goodwill where the budget allows."""

    FOLLOW_UP = "follow_up"
    """Was the question answered?"""

    WIN_BACK = "win_back"
    """The customer stayed away for longer than their own rhythm explains."""

    OCCASION = "occasion"
    """A date that matters is near: a birthday, an anniversary, a gift given last year."""

    EASY_RETURN = "easy_return"
    """How to give back what does not please."""


GIFT: Final = "gift"
"""Kind of the occasion that a gift of last year makes."""

SELLING_KINDS: Final = frozenset(
    {ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN, ActionKind.WIN_BACK, ActionKind.OCCASION}
)
"""Kinds that sell something: an open complaint stops them on every channel."""
