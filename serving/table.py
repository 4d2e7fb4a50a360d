"""Every path of the API with its methods: what answers, who may call it, and where its documentation is.

Routes, the OpenAPI document and the access tests all read this table. The hot paths come first: routes are tried in
this order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from serving.auth.access import Operation
from serving.routes import (
    consents,
    console,
    customers,
    decisions,
    documentation,
    erasing,
    events,
    finding,
    items,
    operations,
    overrides,
    unsubscribing,
    why_not,
    widget,
)
from serving.routing import Endpoint, Handler


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a path; ``operation`` is its access rule, ``None`` when it is open to everyone.

    ``has_deadline``: see :class:`~serving.routing.Handler`.
    """

    verb: str
    endpoint: Endpoint
    operation: Operation | None
    has_deadline: bool = True


@dataclass(frozen=True, slots=True)
class Path:
    """One path template and its methods."""

    template: str
    methods: tuple[Method, ...]

    def handlers(self) -> Mapping[str, Handler]:
        """Return what the route needs."""
        return {
            method.verb: Handler(method.endpoint, method.operation, method.has_deadline)
            for method in self.methods
        }


PATHS = (
    Path(
        "/v1/customers/{id}/actions",
        (Method("GET", decisions.get_actions, Operation.READ_ACTIONS, has_deadline=False),),
    ),
    Path("/v1/decisions", (Method("POST", decisions.post_decision, Operation.DECIDE, has_deadline=False),)),
    Path("/v1/events", (Method("POST", events.post_events, Operation.POST_EVENTS),)),
    Path("/v1/items/{id}/related", (Method("GET", items.get_related, Operation.READ_RELATED),)),
    Path(
        "/v1/items",
        (
            Method("PATCH", items.patch_items, Operation.PUT_ITEMS),
            Method("PUT", items.put_items, Operation.PUT_ITEMS),
        ),
    ),
    Path("/v1/items/{id}", (Method("GET", items.get_item, Operation.READ_ITEM),)),
    Path(
        "/v1/ownership",
        (
            Method("GET", items.get_ownership, Operation.PUT_ITEMS),
            Method("PUT", items.put_ownership, Operation.PUT_ITEMS),
        ),
    ),
    Path("/v1/customers/{id}/why-not", (Method("GET", why_not.get_why_not, Operation.READ_CUSTOMER),)),
    Path(
        "/v1/customers/{id}/overrides",
        (
            Method("GET", overrides.get_overrides, Operation.READ_CUSTOMER),
            Method("POST", overrides.post_override, Operation.OVERRULE),
        ),
    ),
    Path(
        "/v1/customers/{id}/overrides/{event_id}",
        (Method("DELETE", overrides.delete_override, Operation.OVERRULE),),
    ),
    Path(
        "/v1/customers/{id}/consents",
        (
            Method("GET", consents.get_consents, Operation.READ_CUSTOMER),
            Method("POST", consents.post_consent, Operation.CHANGE_CONSENT),
        ),
    ),
    Path("/v1/customers", (Method("GET", finding.find_customers, Operation.READ_CUSTOMER),)),
    Path(
        "/v1/customers/{id}",
        (
            Method("DELETE", erasing.delete_customer, Operation.ERASE),
            Method("GET", customers.get_customer, Operation.READ_CUSTOMER),
        ),
    ),
    Path("/v1/decisions/{id}", (Method("GET", decisions.get_receipt, Operation.READ_RECEIPT),)),
    Path(
        "/v1/unsubscribe/{token}",
        (
            Method("GET", unsubscribing.get_unsubscribe, None),
            Method("POST", unsubscribing.post_unsubscribe, None),
        ),
    ),
    Path("/v1/playbook", (Method("GET", operations.get_playbook, Operation.READ_MODEL),)),
    Path("/v1/model", (Method("GET", operations.get_model, Operation.READ_MODEL),)),
    Path("/metrics", (Method("GET", operations.get_metrics, Operation.READ_METRICS),)),
    Path("/livez", (Method("GET", operations.get_liveness, None, has_deadline=False),)),
    Path("/readyz", (Method("GET", operations.get_readiness, None, has_deadline=False),)),
    Path("/", (Method("GET", documentation.get_root, None),)),
    Path("/docs", (Method("GET", documentation.get_docs, None),)),
    Path("/console", (Method("GET", console.get_console, None),)),
    Path("/console.js", (Method("GET", console.get_console_script, None),)),
    Path("/widget.js", (Method("GET", widget.get_widget, None),)),
    Path("/openapi.json", (Method("GET", documentation.get_openapi, None),)),
    Path("/problems/{id}", (Method("GET", documentation.get_problem, None),)),
)
