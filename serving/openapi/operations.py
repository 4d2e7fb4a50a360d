"""The documentation of every operation: what it is for, what it takes, what it answers."""

from serving.openapi import examples
from serving.openapi.customer_operations import CUSTOMER_OPERATIONS
from serving.openapi.describing import (
    ANY_ID,
    BODY_PROBLEMS,
    CHANNEL,
    CUSTOMER,
    ITEM,
    LABEL,
    Documentation,
    Reply,
    k,
    path_id,
    query,
)

_SLATE_PARAMETERS = (
    CUSTOMER,
    k("actions"),
    query("placement", "Where the answer will be shown; kept in the receipt.", LABEL),
    CHANNEL,
    query(
        "actions",
        "Kinds to choose among, separated by commas; all of them when left out.",
        {"type": "string"},
    ),
    query(
        "request_id",
        "The caller's own name of an outbound contact, which is then reserved once. Not with a widget key.",
        ANY_ID,
    ),
)
_SLATE = Reply(
    "The slate, best action first; shorter than k when there is less to say, empty when nothing is better.",
    "Slate",
    examples.SLATE,
)

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
        "`request_id` again gets the same slate less what the gates forbid by then, with `sent_at` once it went out: do not send it again. "
        "What a cap pushed out is decided again when "
        "it opens: `next_at` says when, and an empty slate answers its `request_id` only until then.\n\n"
        "For a customer who was erased nothing goes out: on an outbound channel the slate is empty, `because` they were erased, with a "
        "`request_id` or without. Who comes to us is answered as somebody nobody knows.",
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
        problems=BODY_PROBLEMS,
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
        "four factors; orders are looked up in the log. Of a customer who was erased it is gone for good: 410.",
        (path_id("decision id", "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e"),),
        problems=(404, 410, 422),
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
        "`atomic=true`. What names an erased customer is `suppressed`, with the problem `customer-erased`. When nothing was written the answer is a problem with a result per event. `projected: false` "
        "means that the state store is away: the log already knows, so the next answer does too. What a widget key sends has "
        "a `source` that begins with `widget:`, which is put before the one that was sent.",
        (query("atomic", "Write all events or none.", {"type": "boolean", "default": False}),),
        "Events",
        {
            "one": examples.PURCHASE,
            "batch": [examples.PURCHASE, examples.VIEW],
            "wrapped": {"events": [examples.VIEW]},
        },
        (*BODY_PROBLEMS, 409, 410, 503),
    ),
    ("GET", "/v1/items/{id}/related"): Documentation(
        "Catalogue",
        "What goes with an item",
        {
            200: Reply(
                "Bought together, and similar; what can be sold now.", "RelatedAnswer", examples.RELATED
            )
        },
        parameters=(ITEM, k("items per list")),
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
        problems=(*BODY_PROBLEMS, 503),
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
        problems=(*BODY_PROBLEMS, 404, 503),
    ),
    ("GET", "/v1/items/{id}"): Documentation(
        "Catalogue",
        "One item",
        {200: Reply("The item as the catalogue has it.", "ItemAnswer", examples.ITEM_ANSWER)},
        parameters=(ITEM,),
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
        problems=(*BODY_PROBLEMS, 503),
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
        "Asks about an `action` of the playbook, an `item_id`, or both. Nothing is written. About a customer who was erased an "
        "outbound channel answers 410.",
        (
            CUSTOMER,
            query("action", "The playbook's name of the action.", LABEL),
            query("item_id", "The item that it would be about.", {"type": "string"}),
            CHANNEL,
            query("placement", "Where it would be shown.", LABEL),
            k("actions"),
        ),
        problems=(404, 410, 422, 503),
    ),
    **CUSTOMER_OPERATIONS,
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
