"""The documentation of what staff and shops do with one customer."""

from serving.openapi import customer_examples as examples
from serving.openapi.describing import (
    ANY_ID,
    BODY_PROBLEMS,
    CUSTOMER,
    IDEMPOTENCY_KEY,
    TOKEN,
    Documentation,
    Reply,
    path_id,
    query,
)

CUSTOMER_OPERATIONS: dict[tuple[str, str], Documentation] = {
    ("GET", "/v1/customers"): Documentation(
        "Customers",
        "Find a customer by order or serial number, name, email or phone",
        {
            200: Reply(
                "Who holds it: the orders with what came back, and what is promised for the units. Or who is called so.",
                "FoundAnswer",
                examples.FOUND,
            )
        },
        "Asks for one of `order_id`, `serial`, `name`, `email` and `phone`. Numbers of orders and units are matched exactly. Everybody of whom an event names it is found: who "
        "bought, and who complained or came to the service with it. What was written a moment ago is found. Nobody: an empty list. A shop that "
        "uses a number again gets several customers, page by page; of each the newest 20 events that name it are in `mentions`. Who is looked "
        "for by name, email or phone, with a key of scope staff or admin, is found by what they are called now.",
        (
            query("order_id", "The order number, as the shop calls it.", ANY_ID),
            query("serial", "The serial number of a unit.", ANY_ID),
            query(
                "name",
                "Words of a name or their beginnings, in any order, without regard to case and accents.",
                ANY_ID,
            ),
            query("email", "A whole address, without regard to case.", ANY_ID),
            query(
                "phone",
                "A phone, with or without the code of the country, or its last digits, 5 at least.",
                ANY_ID,
            ),
            query(
                "limit",
                "Customers per page.",
                {"type": "integer", "minimum": 1, "maximum": 50, "default": 10},
            ),
            query("cursor", "`next_cursor` of the page before.", ANY_ID),
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
        "The `profile` is for keys of scope staff or admin.",
        (
            CUSTOMER,
            query(
                "limit", "Events per page.", {"type": "integer", "minimum": 1, "maximum": 500, "default": 50}
            ),
            query(
                "cursor", "`next_cursor` of the page before.", {"type": "string", "pattern": "^[0-9]{1,18}$"}
            ),
            query(
                "person",
                "Whether the `history` is that of all ids of the person (`same_person`), as everything else is, or of this id.",
                {"type": "boolean", "default": False},
            ),
        ),
        problems=(404, 410, 422, 503),
    ),
    ("DELETE", "/v1/customers/{id}"): Documentation(
        "Customers",
        "Erase a customer",
        {
            200: Reply(
                "Nothing about the customer is left in the log; the same again is answered as the first time.",
                "ErasedAnswer",
                examples.ERASED,
            )
        },
        "Art. 17 GDPR. Events, names, consents, reservations, decisions and states go, all of it or nothing, durably before the "
        "answer, and cannot be brought back. A keyed hash of the id stays: what is sent or loaded for it later is `suppressed`, and "
        "the sender is told. Decisions about them answer 410. Also of whom nobody knows anything: then `was_known` is false, "
        "and the id is kept out all the same. Other ids of the same person are erased one by one. See docs/privacy.md for what is out of reach.",
        (
            CUSTOMER,
            query(
                "reason",
                "Why, in one line, kept with the hash; nothing that names the customer.",
                ANY_ID,
            ),
        ),
        problems=(422, 503),
    ),
    ("GET", "/v1/customers/{id}/overrides"): Documentation(
        "Customers",
        "What staff overruled",
        {200: Reply("The overrides that hold now, newest first.", "OverridesAnswer", examples.OVERRIDES)},
        "Of a customer who was erased they are gone: 410.",
        (CUSTOMER,),
        problems=(410, 422, 503),
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
        (CUSTOMER, IDEMPOTENCY_KEY),
        "OverrideBody",
        {"suppress": examples.OVERRIDE, "hold": examples.HOLD},
        (*BODY_PROBLEMS, 409, 410, 503),
    ),
    ("DELETE", "/v1/customers/{id}/overrides/{event_id}"): Documentation(
        "Customers",
        "End an override",
        {200: Reply("It has ended.", "OverrideAnswer", examples.ENDED)},
        "Written as an event of its own: the history keeps both.",
        (
            CUSTOMER,
            {**path_id("event_id of the override", "desk-2026-01-31-8"), "name": "event_id"},
            query("author", "Who ends it; by default who said it.", ANY_ID),
            query("reason", "Why.", {"type": "string"}),
        ),
        problems=(404, 410, 422, 503),
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
        "`topic` are about the whole channel. Of two words of one time the more restrictive holds. Of a customer who was erased it is gone: 410.",
        (CUSTOMER,),
        problems=(410, 422, 503),
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
        (CUSTOMER, IDEMPOTENCY_KEY),
        "ConsentBody",
        {"unsubscribed": examples.CONSENT, "confirmed": examples.CONFIRMED},
        (*BODY_PROBLEMS, 409, 410, 503),
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
        (TOKEN,),
        problems=(404,),
    ),
    ("POST", "/v1/unsubscribe/{token}"): Documentation(
        "Customers",
        "Unsubscribe with one click",
        {200: Reply("Nothing is sent about it any more.", "UnsubscribedAnswer", examples.LEFT)},
        "What mail programs send for the headers `List-Unsubscribe: <https://your.host/v1/unsubscribe/...>` and "
        "`List-Unsubscribe-Post: List-Unsubscribe=One-Click` (RFC 8058). The path is `unsubscribe_path` of "
        "`GET /v1/customers/{id}/consents`; it is signed, and says `unsubscribed` for one customer, channel and topic. Again it changes nothing.",
        (TOKEN,),
        form={
            "type": "object",
            "properties": {"List-Unsubscribe": {"type": "string", "const": "One-Click"}},
            "required": ["List-Unsubscribe"],
        },
        problems=(404, 413, 415, 422, 503),
    ),
}
"""By method and path template."""
