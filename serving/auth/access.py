r"""Who may call what: one table, tested cell by cell and printed in the documentation.

=====================  ======  ======  =====  =====
operation              widget  server  staff  admin
=====================  ======  ======  =====  =====
POST /v1/events        own *   yes     yes    yes
GET .../actions        own     yes     yes    yes
POST /v1/decisions     own     yes     yes    yes
GET .../related        yes     yes     yes    yes
GET /v1/items/{id}     yes     yes     yes    yes
PUT/PATCH /v1/items    no      yes     no     yes
GET /v1/customers/…    no      yes     yes    yes
GET …?name=, profiles  no      no      yes    yes
GET /v1/decisions/…    no      yes     yes    yes
POST .../overrides     no      no      yes    yes
POST .../consents      no      yes     yes    yes
DELETE .../{id}        no      no      no     yes
GET /v1/model          no      yes     yes    yes
GET /metrics           no      yes     yes    yes
=====================  ======  ======  =====  =====

*own*: for the customer that the shop's token names, or for nobody (anonymous). \* and only what a browser can
know: views, carts, impressions and responses. ``GET /v1/customers/…`` stands for the search, ``.../why-not``, ``.../overrides`` and ``.../consents`` too,
``POST .../overrides`` for their ``DELETE``, ``DELETE .../{id}`` is the erasure of a customer, and ``GET /v1/model`` for ``GET /v1/playbook``.
Names, emails and phones are searched for with ``GET /v1/customers`` and shown by it and by ``GET /v1/customers/{id}``.
"""

import enum

from recommender.types import CustomerId
from serving.auth.caller import Caller
from serving.errors import ForbiddenError, UnauthenticatedError


class Operation(enum.StrEnum):
    """What an access rule is about."""

    POST_EVENTS = "post_events"
    READ_ACTIONS = "read_actions"
    DECIDE = "decide"
    READ_RELATED = "read_related"
    READ_ITEM = "read_item"
    PUT_ITEMS = "put_items"
    READ_CUSTOMER = "read_customer"
    READ_PROFILE = "read_profile"
    READ_RECEIPT = "read_receipt"
    OVERRULE = "overrule"
    CHANGE_CONSENT = "change_consent"
    ERASE = "erase"
    READ_MODEL = "read_model"
    READ_METRICS = "read_metrics"


_ALL = frozenset({"widget", "server", "staff", "admin"})
_SHOP = frozenset({"server", "staff", "admin"})
_PEOPLE = frozenset({"staff", "admin"})
_BACKEND = frozenset({"server", "admin"})
_ADMIN = frozenset({"admin"})

ALLOWED: dict[Operation, frozenset[str]] = {
    Operation.POST_EVENTS: _ALL,
    Operation.READ_ACTIONS: _ALL,
    Operation.DECIDE: _ALL,
    Operation.READ_RELATED: _ALL,
    Operation.READ_ITEM: _ALL,
    Operation.PUT_ITEMS: _BACKEND,
    Operation.READ_CUSTOMER: _SHOP,
    Operation.READ_PROFILE: _PEOPLE,
    Operation.READ_RECEIPT: _SHOP,
    Operation.OVERRULE: _PEOPLE,
    Operation.CHANGE_CONSENT: _SHOP,
    Operation.ERASE: _ADMIN,
    Operation.READ_MODEL: _SHOP,
    Operation.READ_METRICS: _SHOP,
}
"""Scopes that may call each operation. A widget key is then held to :func:`check_own`."""

WIDGET_EVENT_TYPES = frozenset({"view", "cart", "impression", "response"})
"""What a browser may report: anything else would let a visitor write the shop's books."""


def may(caller: Caller, operation: Operation) -> bool:
    """Say whether a key has one of the operation's scopes."""
    return bool(caller.scopes & ALLOWED[operation])


def check_scope(caller: Caller, operation: Operation) -> None:
    """Refuse a key that has none of the operation's scopes.

    Raises
    ------
    ForbiddenError
        Says which scopes would do.
    """
    if not may(caller, operation):
        allowed = ALLOWED[operation]
        raise ForbiddenError(
            "this key may not do that",
            expected="a key with scope " + " or ".join(sorted(allowed)),
            found="scope " + ", ".join(sorted(caller.scopes)),
            remedy="ask the operator for 'rapport keys create --scope " + max(allowed) + "'",
        )


def check_own(caller: Caller, customer_id: CustomerId | None, token_customer: CustomerId | None) -> None:
    """Hold a widget key to the customer that the shop's token names; nobody's answers are free for all.

    Raises
    ------
    UnauthenticatedError
        A customer was named without a token.
    ForbiddenError
        The token names somebody else.
    """
    if customer_id is None or not caller.is_widget_only:
        return
    if token_customer is None:
        raise UnauthenticatedError(
            "a widget key needs the shop's token to speak for a customer",
            expected="a customer token in X-Rapport-Customer-Token",
            remedy="have your server sign one, or ask for anonymous answers: POST /v1/decisions without customer_id",
        )
    if token_customer != customer_id:
        raise ForbiddenError(
            "the customer token is for another customer",
            expected="the customer that was asked for",
            remedy="sign a token for this customer",
        )
