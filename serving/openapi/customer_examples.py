"""The examples of what staff and shops do with one customer."""

from serving.openapi.examples import PURCHASE, Example

OVERRIDE: Example = {
    "kind": "suppress",
    "action": "product_offer",
    "author": "mira",
    "reason": "asked in the store not to be shown necklaces",
    "event_id": "desk-2026-01-31-8",
    "expires_at": "2099-07-22T00:00:00Z",
}

HOLD: Example = {"kind": "hold_all", "author": "mira", "reason": "a death in the family"}

OVERRIDE_ANSWER: Example = {
    "kind": "suppress",
    "author": "mira",
    "reason": "asked in the store not to be shown necklaces",
    "said_at": "2026-01-31T09:30:00Z",
    "event_id": "desk-2026-01-31-8",
    "expires_at": "2099-07-22T00:00:00Z",
    "action": "product_offer",
}

OVERRIDES: Example = {"customer_id": "C-42", "customer_version": 1835, "overrides": [OVERRIDE_ANSWER]}

ENDED: Example = {
    "kind": "suppress",
    "author": "mira",
    "reason": "ended desk-2026-01-31-8",
    "said_at": "2026-02-02T10:00:00Z",
    "event_id": "019c1d2b-6c00-7b1e-a4f0-5b1de7c0a9d2",
    "expires_at": "2026-02-02T10:00:00Z",
    "action": "product_offer",
}

CUSTOMER: Example = {
    "customer_id": "C-42",
    "customer_version": 1834,
    "totals": {
        "orders": 1,
        "order_lines": 2,
        "events": 2,
        "events_by_type": {"purchase": 1, "view": 1},
        "unmatched_returns": 0,
        "first_bought_at": "2026-01-31T09:30:00Z",
        "last_bought_at": "2026-01-31T09:30:00Z",
    },
    "holdings": [
        {
            "item_id": "85123A",
            "name": "WHITE HANGING HEART T-LIGHT HOLDER",
            "owned": 2.0,
            "orders": 1,
            "first_bought_at": "2026-01-31T09:30:00Z",
            "last_bought_at": "2026-01-31T09:30:00Z",
        }
    ],
    "dealings": {
        "units": [
            {
                "item": {"item_id": "RING-1", "name": "Bridal set"},
                "order_id": "order-988",
                "bought_at": "2025-06-14T11:00:00Z",
                "count": 1,
                "serial": "BR-20931",
            }
        ],
        "complaints": [
            {
                "complaint_id": "K-77",
                "opened_at": "2026-01-20T08:12:00Z",
                "severity": "normal",
                "resolved_at": "2026-01-22T15:40:00Z",
                "order_id": "order-988",
            }
        ],
        "appointments": [
            {
                "appointment_id": "V-12",
                "starts_at": "2026-02-14T10:00:00Z",
                "status": "booked",
                "said_at": "2026-01-22T15:45:00Z",
                "service_code": "inspection",
                "serial": "BR-20931",
            }
        ],
        "consents": [
            {
                "channel": "email",
                "status": "subscribed",
                "said_at": "2025-06-14T11:02:00Z",
                "source": "shop",
                "event_id": "consent-31",
            }
        ],
        "contacts": [
            {
                "channel": "email",
                "status": "sent",
                "at": "2026-01-10T09:00:00Z",
                "action": "ring-care",
                "item": {"item_id": "RING-1", "name": "Bridal set"},
                "decision_id": "019c0f3a5b2e7d41",
                "request_id": "january-C-42",
            }
        ],
        "overrides": [
            {
                "kind": "suppress",
                "author": "mira",
                "reason": "asked in the store not to be mailed about necklaces",
                "said_at": "2026-01-22T15:50:00Z",
                "event_id": "override-8",
                "expires_at": "2026-07-22T00:00:00Z",
                "action": "product_offer",
            }
        ],
        "language": "en",
        "last_seen_at": "2026-01-31T09:21:00Z",
    },
    "history": [{"seq": 1834, "received_at": "2026-01-31T09:30:00.412Z", "event": PURCHASE}],
    "profile": {"name": "Ada Lovelace", "email": "ada@example.com"},
    "same_person": ["card-5512"],
    "next_cursor": "1834",
}

FOUND: Example = {
    "customers": [
        {
            "customer_id": "C-42",
            "customer_version": 1834,
            "orders": [
                {
                    "order_id": "1042",
                    "ordered_at": "2025-06-14T11:00:00Z",
                    "source": "pos",
                    "channel": "store",
                    "store_id": "london-1",
                    "lines": [
                        {
                            "item": {"item_id": "RING-1", "name": "Bridal set"},
                            "quantity": 1.0,
                            "returned": 0.0,
                            "serial": "BR-20931",
                            "unit_price": "2400",
                            "currency": "GBP",
                        }
                    ],
                    "total": "2400",
                    "currency": "GBP",
                    "delivered_at": "2025-06-14T11:00:00Z",
                }
            ],
            "promises": [
                {
                    "plan_id": "bridal-inspection",
                    "service": "Inspection of stones and prongs",
                    "state": "due",
                    "item": {"item_id": "RING-1", "name": "Bridal set"},
                    "order_id": "1042",
                    "due_on": "2025-12-14",
                    "in_time_until": "2026-02-12",
                    "remind_from": "2025-11-14",
                    "serial": "BR-20931",
                    "consequence": "the lifetime warranty on stones and settings",
                }
            ],
            "mentions": [
                {
                    "seq": 1790,
                    "type": "complaint_opened",
                    "source": "desk",
                    "event_id": "K-77",
                    "occurred_at": "2026-01-20T08:12:00Z",
                }
            ],
        }
    ],
}

CONSENT: Example = {
    "channel": "email",
    "topic": "offers",
    "status": "unsubscribed",
    "source": "preference-centre",
    "said_at": "2026-01-31T09:30:00Z",
    "evidence": "link in the mail of 30 January",
    "event_id": "consent-77",
}

CONFIRMED: Example = {"channel": "email", "status": "subscribed", "source": "double-opt-in"}

CONSENT_STATE: Example = {
    "channel": "email",
    "topic": "offers",
    "status": "unsubscribed",
    "said_at": "2026-01-31T09:30:00Z",
    "source": "preference-centre",
    "event_id": "consent-77",
    "version": 1835,
    "evidence": "link in the mail of 30 January",
    "gate": {
        "allowed": False,
        "code": "no_consent",
        "because": "unsubscribed from offers on email",
        "evidence": "preference-centre/consent-77",
    },
}

CONSENTS: Example = {
    "customer_id": "C-42",
    "customer_version": 1835,
    "playbook_version": "9f2c1b7d",
    "consents": [
        {
            "channel": "email",
            "gate": {"allowed": False, "code": "no_consent", "because": "never said yes to email"},
        },
        CONSENT_STATE,
    ],
}

LEFT: Example = {"channel": "email", "topic": "offers"}

ERASED: Example = {
    "erased_at": "2026-01-31T09:30:00Z",
    "was_known": True,
    "events": 41,
    "decisions": 17,
    "projected": True,
    "reason": "request of 30 January",
}
