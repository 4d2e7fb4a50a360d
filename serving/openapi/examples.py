"""The examples of the document. Tests send every request among them to a real server, and decode every answer."""

from typing import Any

Example = Any
"""A JSON value."""

PURCHASE: Example = {
    "type": "purchase",
    "source": "shop",
    "event_id": "order-1001",
    "occurred_at": "2026-01-31T09:30:00Z",
    "customer_id": "C-42",
    "channel": "web",
    "order_id": "1001",
    "lines": [
        {"item_id": "85123A", "quantity": 2, "unit_price": "2.55", "currency": "GBP"},
        {"item_id": "22423", "quantity": 1, "unit_price": "12.75", "currency": "GBP", "is_gift": True},
    ],
}

VIEW: Example = {
    "type": "view",
    "source": "web",
    "event_id": "view-7",
    "occurred_at": "2026-01-31T09:29:00Z",
    "customer_id": "C-42",
    "item_id": "22423",
}

EVENTS_ANSWER: Example = {
    "results": [
        {
            "index": 0,
            "status": "accepted",
            "source": "shop",
            "event_id": "order-1001",
            "customer_id": "C-42",
            "customer_version": 1834,
            "projected": True,
        }
    ],
    "accepted": 1,
    "duplicates": 0,
    "conflicts": 0,
    "invalid": 0,
    "suppressed": 0,
}

INVALID_EVENT: Example = {
    "type": "/problems/invalid-event",
    "title": "The event does not fit its type",
    "status": 422,
    "detail": "lines[0].quantity is out of range",
    "expected": "above 0 and at most 1000000",
    "found": "0.0",
    "remedy": "send what was bought",
}

SUPPRESSED: Example = {
    "type": "/problems/customer-erased",
    "title": "The customer was erased",
    "status": 410,
    "detail": "the customer of this event was erased",
    "expected": "a customer who was not erased",
    "found": "source shop, event_id order-17",
    "remedy": "leave it out; for somebody who came back run 'rapport erase --lift CUSTOMER'",
}

PARTLY: Example = {
    "results": [
        *EVENTS_ANSWER["results"],
        {"index": 1, "status": "invalid", "problem": INVALID_EVENT},
        {"index": 2, "status": "suppressed", "source": "shop", "event_id": "order-17", "problem": SUPPRESSED},
    ],
    "accepted": 1,
    "duplicates": 0,
    "conflicts": 0,
    "invalid": 1,
    "suppressed": 1,
}

SLATE: Example = {
    "decision_id": "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e",
    "customer_id": "C-42",
    "cold": False,
    "served_by": "model",
    "model_version": "3",
    "catalogue_version": 12,
    "customer_version": 1834,
    "decided_at": "2026-01-31T09:30:01Z",
    "actions": [
        {
            "rank": 1,
            "action": "product_offer",
            "kind": "product_offer",
            "item_id": "22697",
            "name": "GREEN REGENCY TEACUP AND SAUCER",
            "category": ["kitchen", "teacups"],
            "price": "2.95",
            "currency": "GBP",
            "url": "https://shop.example/22697",
            "image": "https://shop.example/22697.jpg",
            "score": 0.0312,
            "reason": {"code": "bought_after", "text": "often bought after REGENCY CAKESTAND 3 TIER"},
            "source": "item_item",
            "receipt": "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e#1",
        }
    ],
}

WHY_NOT: Example = {
    "customer_id": "C-42",
    "customer_version": 1834,
    "playbook_version": "9f2c1b7d",
    "decided_at": "2026-01-31T09:30:01Z",
    "explanations": [
        {
            "verdict": "stopped",
            "code": "cap_reached",
            "because": "1 email in 7 days, at most 1",
            "opens_at": "2026-02-03T08:00:01Z",
        }
    ],
    "action": "for-you",
    "channel": "email",
}

PLAYBOOK: Example = {
    "playbook_version": "9f2c1b7d",
    "name": "Aurora Jewellers",
    "time_zone": "Europe/Berlin",
    "actions": [
        {"id": "inspection-due", "kind": "service_reminder"},
        {"id": "for-you", "kind": "product_offer"},
    ],
    "service_plans": ["bridal-inspection"],
    "channels": {"web": "inbound", "email": "outbound"},
    "currency": "EUR",
}

DECISION: Example = {
    "customer_id": "C-42",
    "k": 4,
    "placement": "cart",
    "cart": ["85123A"],
    "session": ["22423"],
}

ANONYMOUS: Example = {"k": 4, "placement": "cart", "cart": ["85123A"]}

ITEM: Example = {
    "item_id": "85123A",
    "name": "WHITE HANGING HEART T-LIGHT HOLDER",
    "item_group_id": "85123",
    "category": ["home", "lights"],
    "price": "2.55",
    "currency": "GBP",
    "url": "https://shop.example/85123A",
    "available": True,
}

SEASONAL: Example = {
    "item_id": "22423",
    "name": "REGENCY CAKESTAND 3 TIER",
    "price": "12.75",
    "currency": "GBP",
    "active_until": "2026-12-24T12:00:00Z",
    "ownership": {"kind": "cool_down", "cool_down_days": 180},
}

STOCK: Example = {"item_id": "85123A", "available": False}

PRICE: Example = {"item_id": "22423", "price": "11.95", "currency": "GBP", "attributes": {"colour": None}}

ITEM_ANSWER: Example = {"item": ITEM, "catalogue_version": 12, "described": True}

RELATED: Example = {
    "item_id": "85123A",
    "model_version": "3",
    "served_by": "model",
    "bought_together": [
        {
            "rank": 1,
            "item_id": "21733",
            "name": "RED HANGING HEART T-LIGHT HOLDER",
            "score": 0.41,
            "reason": {
                "code": "bought_together",
                "text": "often bought together with WHITE HANGING HEART T-LIGHT HOLDER",
            },
        }
    ],
    "similar": [],
}

RULES: Example = [{"kind": "consumable", "category": ["food"]}]

RECEIPT: Example = {
    "decision_id": "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e",
    "customer_id": "C-42",
    "decided_at": "2026-01-31T09:30:01Z",
    "cold": False,
    "served_by": "model",
    "model_version": "3",
    "catalogue_version": 12,
    "customer_version": 1834,
    "k": 4,
    "kinds": ["product_offer", "buy_again"],
    "placement": "cart",
    "actions": [
        {
            "rank": 1,
            "action": "product_offer",
            "kind": "product_offer",
            "item_id": "22697",
            "name": "GREEN REGENCY TEACUP AND SAUCER",
            "score": 0.0312,
            "reason": {"code": "bought_after", "text": "often bought after REGENCY CAKESTAND 3 TIER"},
            "source": "item_item",
        }
    ],
    "gated": {"owned": 2, "unavailable": 14},
}

MODEL: Example = {
    "served_by": "model",
    "model_version": "3",
    "alias": "champion",
    "bundle_sha256": "b7c1e0d2a9f84c35",
    "items": 4631,
    "as_of": "2026-01-31T00:00:00Z",
    "loaded_at": "2026-01-31T02:10:44Z",
    "metrics": {"ndcg_at_10": 0.168},
}

READY: Example = {
    "ready": True,
    "log": {"ok": True, "reason": "answers; 1834 events"},
    "state": {"ok": True, "reason": "answers and is up to date"},
    "model": {"ok": True, "reason": "version 3 serves"},
    "playbook": {"ok": True, "reason": "version 9f2c1b7d5e80 serves"},
}

NOT_READY: Example = {
    **READY,
    "ready": False,
    "model": {
        "ok": False,
        "reason": "no model serves; answers come from the log's popularity; run 'rapport train'",
    },
}
