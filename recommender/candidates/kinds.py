"""The kinds of things the brand could do next."""

import enum


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
