"""What the operator sees: Prometheus metrics by route template, and one JSON line per request.

Neither ever holds a customer, an item, a query or a body: the route is the template, the caller is the key's public
prefix. With several workers every worker writes to memory-mapped files (``PROMETHEUS_MULTIPROC_DIR``, set by
``rapport serve`` before anything imports this file) and any of them answers ``/metrics`` for all.
"""

import os
import sys
import traceback
from collections.abc import Callable
from datetime import datetime

import orjson
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from recommender.errors import RapportError
from serving.call import RequestContext

BUCKETS = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METRICS_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


class Telemetry:
    """Metrics and the access log of one worker.

    Parameters
    ----------
    clock
        Time of the log lines.
    access_log
        Write a line per request.
    """

    def __init__(self, clock: Callable[[], datetime], *, access_log: bool) -> None:
        self._clock = clock
        self._access_log = access_log
        self._lines: list[bytes] = []
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "rapport_http_request_seconds",
            "Time to answer, by route template",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._children: dict[tuple[str, str, int], Histogram] = {}
        self._slates = _counter(self.registry, "rapport_slates", "Slates answered", ("served_by", "cache"))
        self._slate_children: dict[tuple[str, str], Counter] = {}
        self.events = _counter(self.registry, "rapport_events", "Events received", ("status",))
        self.swaps = _counter(self.registry, "rapport_model_swaps", "Model versions taken into service", ())
        self.refusals = _counter(
            self.registry, "rapport_model_refusals", "Model versions refused", ("reason",)
        )
        self.loaded = Gauge(
            "rapport_model_loaded_timestamp_seconds",
            "When the serving model was taken into service",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )

    def request_ended(self, method: str, context: RequestContext, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method if method in _KNOWN_METHODS else "other", context.route, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(*key)
        child.observe(seconds)
        if self._access_log:
            self._lines.append(_access_line(self._clock(), key, context, seconds))

    def slate_answered(self, served_by: str, cache: str) -> None:
        """Count one slate: ``new``, ``remembered``, or ``degraded``."""
        child = self._slate_children.get((served_by, cache))
        if child is None:
            child = self._slate_children[served_by, cache] = self._slates.labels(served_by, cache)
        child.inc()

    def error_happened(self, error: BaseException, context: RequestContext) -> None:
        """Log what nobody foresaw: the frames and the type, not the message, which may hold somebody's data."""
        if isinstance(error, RapportError):
            context.facts["problem"] = type(error).__name__
            return
        context.facts["error"] = type(error).__name__
        self.log("error", request_id=context.request_id, route=context.route, error=type(error).__name__,
                 frames=[line.strip() for line in traceback.format_tb(error.__traceback__)[-8:]])  # fmt: skip

    def log(self, event: str, **facts: object) -> None:
        """Write one structured line, now."""
        line = {"time": self._clock().isoformat(), "event": event, **facts}
        sys.stderr.buffer.write(orjson.dumps(line, default=str) + b"\n")
        sys.stderr.buffer.flush()

    def flush(self) -> None:
        """Write the lines of the access log that are waiting."""
        lines, self._lines = self._lines, []
        if lines:
            sys.stderr.buffer.write(b"".join(lines))
            sys.stderr.buffer.flush()

    def exposition(self) -> bytes:
        """Return the metrics of all workers in Prometheus' text form."""
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def _counter(registry: CollectorRegistry, name: str, text: str, labels: tuple[str, ...]) -> Counter:
    return Counter(name, text, labels, registry=registry)


def _access_line(now: datetime, key: tuple[str, str, int], context: RequestContext, seconds: float) -> bytes:
    method, route, status = key
    line = {
        "time": now.isoformat(timespec="milliseconds"),
        "event": "request",
        "request_id": context.request_id,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1000, 3),
        "key": context.key_prefix,
        **context.facts,
    }
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
