"""The documentation of every operation: what it is for, what it takes, what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from serving.openapi import examples
from serving.openapi.examples import Example
from serving.openapi.schemas import Schema


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that is no problem."""

    description: str
    schema: str | None = None
    example: Example = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Documentation:
    """One operation."""

    tag: str
    summary: str
    replies: Mapping[int, Reply]
    description: str = ""
    parameters: tuple[Schema, ...] = ()
    body: str | None = None
    body_examples: Mapping[str, Example] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    form: Schema | None = None


def _path_id(what: str, example: str) -> Schema:
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"The {what}, percent-encoded; a slash in it as %2F.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 256},
        "example": example,
    }


def _query(name: str, description: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _k(what: str) -> Schema:
    return _query(
        "k", f"How many {what} at most.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    )


_LABEL: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
_ANY_ID: Schema = {"type": "string", "minLength": 1, "maxLength": 256}
_CUSTOMER = _path_id("customer id", "C-42")
_CHANNEL = _query(
    "channel",
    "On which channel. A playbook says which are outbound: consent, caps and quiet hours bind those, and a channel that it "
    "does not declare is refused.",
    _LABEL,
)
_ITEM = _path_id("item id", "85123A")
_TOKEN: Schema = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "As it was in the mail.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 16384},
}
_SLATE_PARAMETERS = (
    _CUSTOMER,
    _k("actions"),
    _query("placement", "Where the answer will be shown; kept in the receipt.", _LABEL),
    _CHANNEL,
    _query(
        "actions",
        "Kinds to choose among, separated by commas; all of them when left out.",
        {"type": "string"},
    ),
    _query(
        "request_id",
        "The caller's own name of an outbound contact, which is then reserved once. Not with a widget key.",
        {"type": "string", "minLength": 1, "maxLength": 256},
    ),
)
_SLATE = Reply(
    "The slate, best action first; shorter than k when there is less to say, empty when nothing is better.",
    "Slate",
    examples.SLATE,
)
_IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same as `event_id` in the body.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 256},
}
_BODY_PROBLEMS = (400, 413, 415, 422)

DOCUMENTATION: dict[tuple[str, str], Documentation] = {
    ("GET", "/v1/customers/{id}/actions"): Documentation(
        "Decisions",
        "What to say to a customer next",
        {200: _SLATE},
        "A customer nobody knows gets what is popular, marked `cold`. What the customer owns is never offered. An answer "
        "may be up to 30 seconds old while nothing it was decided from has changed; it then keeps its `decision_id`; under a playbook "
        "every answer is decided anew. When neither state store nor log can say what the customer owns, the slate is empty and marked `degraded`.\n\n"
        "Without a `request_id` an answer for an outbound channel is a preview: nothing is counted. With one, the contact is reserved "
        "until `reserved_until` before the answer is given; report `contact_sent` when it went out, or `contact_released`. The same "
        "`request_id` again gets the same slate less what the gates forbid by then. What a cap pushed out is decided again when "
        "it opens: `next_at` says when, and an empty slate answers its `request_id` only until then.",
        _SLATE_PARAMETERS,
        problems=(422,),
    ),
    ("POST", "/v1/decisions"): Documentation(
        "Decisions",
        "What to say next, given a cart and a session",
        {200: _SLATE},
        "As the GET, for a known customer or for nobody in particular. Items of the cart never come back; items that "
        "nobody knows are named in `unknown_items` and otherwise ignored, so that a new product cannot break a page.",
        body="DecisionBody",
        body_examples={"customer": examples.DECISION, "anonymous": examples.ANONYMOUS},
        problems=_BODY_PROBLEMS,
    ),
    ("GET", "/v1/decisions/{id}"): Documentation(
        "Decisions",
        "The receipt of a decision",
        {
            200: Reply(
                "What was decided, from which versions, and what was kept out by which rule.",
                "ReceiptAnswer",
                examples.RECEIPT,
            )
        },
        "Receipts are written within a second of their answer; a crash loses at most that second. Those of a `request_id` are "
        "written before it. Under a playbook the receipt has every candidate with each gate it met, the fact that decided, and its "
        "four factors; orders are looked up in the log.",
        (_path_id("decision id", "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e"),),
        problems=(404, 422),
    ),
    ("POST", "/v1/events"): Documentation(
        "Events",
        "Tell what happened",
        {
            202: Reply(
                "Everything is durable: written now, or before.", "EventsAnswer", examples.EVENTS_ANSWER
            ),
            207: Reply(
                "Some events of the batch are durable; see each result.", "EventsAnswer", examples.PARTLY
            ),
        },
        "One event or up to 500. Sending the same content again has no effect (`duplicate`); other content under the same "
        "`source` and `event_id` is a `conflict`. Good events of a batch are written even when others are refused, unless "
        "`atomic=true`. When nothing was written the answer is a problem with a result per event. `projected: false` "
        "means that the state store is away: the log already knows, so the next answer does too.",
        (_query("atomic", "Write all events or none.", {"type": "boolean", "default": False}),),
        "Events",
        {
            "one": examples.PURCHASE,
            "batch": [examples.PURCHASE, examples.VIEW],
            "wrapped": {"events": [examples.VIEW]},
        },
        (*_BODY_PROBLEMS, 409, 503),
    ),
    ("GET", "/v1/items/{id}/related"): Documentation(
        "Catalogue",
        "What goes with an item",
        {
            200: Reply(
                "Bought together, and similar; what can be sold now.", "RelatedAnswer", examples.RELATED
            )
        },
        parameters=(_ITEM, _k("items per list")),
        problems=(404, 422),
    ),
    ("PUT", "/v1/items"): Documentation(
        "Catalogue",
        "Describe items",
        {200: Reply("The catalogue has them.", "ItemsAnswer", {"catalogue_version": 12, "received": 1})},
        "One item or up to 1000, each replacing what was said about it before: a field that is left out gets its "
        "default, so a feed that sends only some fields wants PATCH. All are written or, when one does not "
        "fit, none. Every worker of this machine uses them when it answers.",
        body="Items",
        body_examples={"one": examples.ITEM, "many": [examples.ITEM, examples.SEASONAL]},
        problems=(*_BODY_PROBLEMS, 503),
    ),
    ("PATCH", "/v1/items"): Documentation(
        "Catalogue",
        "Change some fields of items",
        {200: Reply("The catalogue has them.", "ItemsAnswer", {"catalogue_version": 13, "received": 2})},
        "One item or up to 1000 as JSON merge patches (RFC 7386): a field that is sent replaces, `null` removes, what is "
        "left out stays; `attributes` and `ownership` are merged key by key. Items must be known, from the catalogue or "
        "from a purchase; otherwise the answer lists the others in `unknown_items`. All are written or none. Feeds that "
        "send different fields of one item at the same moment lose nothing.",
        body="ItemPatches",
        body_examples={"stock": examples.STOCK, "many": [examples.STOCK, examples.PRICE]},
        problems=(*_BODY_PROBLEMS, 404, 503),
    ),
    ("GET", "/v1/items/{id}"): Documentation(
        "Catalogue",
        "One item",
        {200: Reply("The item as the catalogue has it.", "ItemAnswer", examples.ITEM_ANSWER)},
        parameters=(_ITEM,),
        problems=(404, 422),
    ),
    ("GET", "/v1/ownership"): Documentation(
        "Catalogue",
        "The ownership rules",
        {
            200: Reply(
                "Rules for groups and categories.",
                "OwnershipAnswer",
                {"catalogue_version": 12, "rules": examples.RULES},
            )
        },
    ),
    ("PUT", "/v1/ownership"): Documentation(
        "Catalogue",
        "Replace the ownership rules",
        {
            200: Reply(
                "The rules hold.", "OwnershipAnswer", {"catalogue_version": 13, "rules": examples.RULES}
            )
        },
        "An item's own `ownership` comes first, then its group's rule, then the longest category that matches. Where "
        "nothing is declared it is learned.",
        body="OwnershipRules",
        body_examples={"rules": examples.RULES},
        problems=(*_BODY_PROBLEMS, 503),
    ),
    ("GET", "/v1/customers"): Documentation(
        "Customers",
        "Find a customer by order or serial number",
        {
            200: Reply(
                "Who holds it: the orders with what came back, and what is promised for the units.",
                "FoundAnswer",
                examples.FOUND,
            )
        },
        "Asks for an `order_id` or a `serial`, one of them, matched exactly. Everybody of whom an event names it is found: who "
        "bought, and who complained or came to the service with it. What was written a moment ago is found. Nobody: an empty list. A shop that "
        "uses a number again gets several customers, page by page; of each the newest 20 events that name it are in `mentions`.",
        (
            _query("order_id", "The order number, as the shop calls it.", _ANY_ID),
            _query("serial", "The serial number of a unit.", _ANY_ID),
            _query(
                "limit",
                "Customers per page.",
                {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
            ),
            _query("cursor", "`next_cursor` of the page before.", _ANY_ID),
        ),
        problems=(422, 503),
    ),
    ("GET", "/v1/customers/{id}"): Documentation(
        "Customers",
        "A customer across all channels",
        {
            200: Reply(
                "Totals, holdings, dealings, and one page of history, newest first.",
                "CustomerAnswer",
                examples.CUSTOMER,
            )
        },
        parameters=(
            _CUSTOMER,
            _query(
                "limit", "Events per page.", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
            ),
            _query(
                "cursor", "`next_cursor` of the page before.", {"type": "string", "pattern": "^[0-9]{1,18}$"}
            ),
        ),
        problems=(404, 422, 503),
    ),
    ("GET", "/v1/customers/{id}/why-not"): Documentation(
        "Decisions",
        "Why a customer does not get an action",
        {
            200: Reply(
                "What became of it in a decision made now: what was chosen first, then what came nearest.",
                "WhyNotAnswer",
                examples.WHY_NOT,
            )
        },
        "Asks about an `action` of the playbook, an `item_id`, or both. Nothing is written.",
        (
            _CUSTOMER,
            _query("action", "The playbook's name of the action.", _LABEL),
            _query("item_id", "The item that it would be about.", {"type": "string"}),
            _CHANNEL,
            _query("placement", "Where it would be shown.", _LABEL),
            _k("actions"),
        ),
        problems=(404, 422, 503),
    ),
    ("GET", "/v1/customers/{id}/overrides"): Documentation(
        "Customers",
        "What staff overruled",
        {200: Reply("The overrides that hold now, newest first.", "OverridesAnswer", examples.OVERRIDES)},
        parameters=(_CUSTOMER,),
        problems=(422, 503),
    ),
    ("POST", "/v1/customers/{id}/overrides"): Documentation(
        "Customers",
        "Overrule decisions",
        {
            201: Reply("It holds: the next decision obeys.", "OverrideAnswer", examples.OVERRIDE_ANSWER),
            200: Reply("It was sent before.", "OverrideAnswer", examples.OVERRIDE_ANSWER),
        },
        "Durable before it is answered. The same `event_id` (or `Idempotency-Key`) again is answered as the first time; with other "
        "content it is a conflict. Goodwill is taken from the playbook's budget, and refused with 409 when that is spent.",
        (_CUSTOMER, _IDEMPOTENCY_KEY),
        "OverrideBody",
        {"suppress": examples.OVERRIDE, "hold": examples.HOLD},
        (*_BODY_PROBLEMS, 409, 503),
    ),
    ("DELETE", "/v1/customers/{id}/overrides/{event_id}"): Documentation(
        "Customers",
        "End an override",
        {200: Reply("It has ended.", "OverrideAnswer", examples.ENDED)},
        "Written as an event of its own: the history keeps both.",
        (
            _CUSTOMER,
            {**_path_id("event_id of the override", "desk-2026-01-31-8"), "name": "event_id"},
            _query("author", "Who ends it; by default who said it.", _LABEL),
            _query("reason", "Why.", {"type": "string"}),
        ),
        problems=(404, 422, 503),
    ),
    ("GET", "/v1/customers/{id}/consents"): Documentation(
        "Customers",
        "What a customer allows",
        {
            200: Reply(
                "The newest word per channel and topic, and what the consent gate makes of it now.",
                "ConsentsAnswer",
                examples.CONSENTS,
            )
        },
        "Also of whom nobody knows anything: then what the gate says of the channels and topics of the playbook. Entries without a "
        "`topic` are about the whole channel. Of two words of one time the more restrictive holds.",
        (_CUSTOMER,),
        problems=(422, 503),
    ),
    ("POST", "/v1/customers/{id}/consents"): Documentation(
        "Customers",
        "Note what a customer allows",
        {
            201: Reply("It is noted: the next decision obeys.", "ConsentState", examples.CONSENT_STATE),
            200: Reply("It was sent before.", "ConsentState", examples.CONSENT_STATE),
        },
        "Durable before it is answered, as a `consent_change` event. The answer is what holds now, which is another word when that is "
        "newer than `said_at`. The same `event_id` (or `Idempotency-Key`) again is answered as the first time; with other content it is a "
        "conflict. A channel that the playbook does not declare is refused, if it declares any.",
        (_CUSTOMER, _IDEMPOTENCY_KEY),
        "ConsentBody",
        {"unsubscribed": examples.CONSENT, "confirmed": examples.CONFIRMED},
        (*_BODY_PROBLEMS, 409, 503),
    ),
    ("GET", "/v1/unsubscribe/{token}"): Documentation(
        "Customers",
        "The page behind a link to unsubscribe",
        {
            200: Reply(
                "One button, which posts the form.", media_type="text/html", example="<form method=post>"
            )
        },
        "Changes nothing: what looks at every link of a mail must not unsubscribe anybody.",
        (_TOKEN,),
        problems=(404,),
    ),
    ("POST", "/v1/unsubscribe/{token}"): Documentation(
        "Customers",
        "Unsubscribe with one click",
        {200: Reply("Nothing is sent about it any more.", "UnsubscribedAnswer", examples.LEFT)},
        "What mail programs send for the headers `List-Unsubscribe: <https://your.host/v1/unsubscribe/...>` and "
        "`List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058). The path is `unsubscribe_path` of "
        "`GET /v1/customers/{id}/consents`; it is signed, and says `unsubscribed` for one customer, channel and topic. Again it changes nothing.",
        (_TOKEN,),
        form={
            "type": "object",
            "properties": {"List-Unsubscribe": {"type": "string", "const": "One-Click"}},
            "required": ["List-Unsubscribe"],
        },
        problems=(404, 413, 415, 422, 503),
    ),
    ("GET", "/v1/playbook"): Documentation(
        "Operations",
        "The playbook that serves",
        {
            200: Reply(
                "Its version and what it declares; with `problem`, what is wrong with its file while an older one serves.",
                "PlaybookAnswer",
                examples.PLAYBOOK,
            )
        },
    ),
    ("GET", "/v1/model"): Documentation(
        "Operations",
        "The model that serves",
        {
            200: Reply(
                "Version, metrics, and what went wrong with the newest one, if anything.",
                "ModelAnswer",
                examples.MODEL,
            )
        },
    ),
    ("GET", "/metrics"): Documentation(
        "Operations",
        "Metrics for Prometheus",
        {
            200: Reply(
                "Of all workers of this host.",
                media_type="text/plain",
                example='rapport_events_total{status="accepted"} 1834.0',
            )
        },
    ),
    ("GET", "/livez"): Documentation(
        "Operations",
        "Whether the process answers",
        {200: Reply("It does.", "LivenessAnswer", {"live": True})},
    ),
    ("GET", "/readyz"): Documentation(
        "Operations",
        "Whether this worker should get traffic",
        {
            200: Reply("The log answers and a model serves.", "ReadinessAnswer", examples.READY),
            503: Reply(
                "One of them does not; actions are answered all the same.",
                "ReadinessAnswer",
                examples.NOT_READY,
            ),
        },
        "A state store that cannot be believed is reported and takes nobody out of traffic: the log answers instead. So is a playbook "
        "that cannot be used: the one before it serves.",
    ),
}
"""By method and path template."""
