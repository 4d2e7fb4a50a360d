"""A shop of which a story is told: its real API over HTTP, its playbook, and a clock that the story moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.serving.running_api import RunningApi, eventually, settings_for
from tests.serving.trained import fill

Json = dict[str, Any]
TEN = 10


@dataclass(frozen=True)
class Line:
    """One action of an answer."""

    rank: int
    action: str
    kind: str
    item_id: str | None
    text: str
    amount: float
    reason: str


@dataclass(frozen=True)
class Said:
    """An answer: what may be said, in its order; times are on the shop's clock."""

    decision_id: str
    lines: tuple[Line, ...]
    channel: str
    request_id: str | None = None
    reserved_until: str | None = None
    next_at: str | None = None

    @property
    def actions(self) -> list[str]:
        return [line.action for line in self.lines]

    @property
    def kinds(self) -> set[str]:
        return {line.kind for line in self.lines}

    @property
    def items(self) -> set[str | None]:
        return {line.item_id for line in self.lines}

    def text(self, action: str) -> str:
        """Return the words of the first line of an action."""
        return next(line.text for line in self.lines if line.action == action)

    def texts(self, action: str) -> list[str]:
        return [line.text for line in self.lines if line.action == action]


@dataclass
class StoryClock:
    """Shows what the story says, in the zone in which it is told."""

    zone: ZoneInfo
    now: datetime = field(default_factory=lambda: datetime(2024, 1, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now.astimezone(UTC)

    def read(self, moment: str) -> datetime:
        """Return a moment such as ``2024-05-31 11:00``."""
        return datetime.fromisoformat(moment).replace(tzinfo=self.zone)

    def shown(self, moment: str | None) -> str | None:
        """Return a moment of an answer as the clock on the wall shows it; full minutes without seconds."""
        if moment is None:
            return None
        text = datetime.fromisoformat(moment).astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S")
        return text.removesuffix(":00")


class World:
    """One shop with one playbook. Everything that happens goes over HTTP, now, on the story's clock.

    Parameters
    ----------
    home
        An empty folder.
    playbook
        Text of the playbook.
    items
        The catalogue, as ``PUT /v1/items`` takes it; strangers buy one of each before the story begins.
    begins
        When the story begins, such as ``2024-05-31 09:00``.
    zone
        Where the shop is.
    """

    def __init__(
        self, home: Path, playbook: str, items: Sequence[Json], *, begins: str, zone: str = "Europe/Berlin"
    ) -> None:
        self.clock = StoryClock(ZoneInfo(zone))
        self.on(begins)
        self.settings = settings_for(home, auth_disabled=True)
        home.mkdir()
        (home / "playbook.toml").write_text(playbook)
        fill(self.settings, self._strangers(items))
        self._numbers = count(1)
        self._running = RunningApi(self.settings, clock=self.clock)
        self._items = items

    def __enter__(self) -> "World":
        self._running.__enter__()
        self.http = self._running.client()
        self.http.put("/v1/items", json=list(self._items)).raise_for_status()
        eventually(lambda: self.http.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        return self

    def __exit__(self, *_: object) -> None:
        self._running.__exit__(None, None, None)

    # Time

    def on(self, moment: str) -> None:
        """Move the clock on to a moment such as ``2024-11-28 15:00``."""
        self.clock.now = self.clock.read(moment)

    def later(self, **span: float) -> None:
        self.clock.now += timedelta(**span)

    def mornings_until(self, end: str, *, every: int = 1) -> Iterator[str]:
        """Move on from ten o'clock to ten o'clock until a date, which is the first that is not told; yield each date."""
        today = self.clock.now.astimezone(self.clock.zone)
        day = today.date() if today.hour < TEN else today.date() + timedelta(days=1)
        while day.isoformat() < end:
            self.on(f"{day} {TEN}:00")
            yield day.isoformat()
            day += timedelta(days=every)

    # Customers

    def newcomer(self, name: str) -> "Customer":
        """Return somebody of that name whom the shop does not know yet."""
        return Customer(self, f"{name}-{next(self._numbers)}")

    def post(self, customer_id: str, what: str, /, **fields: Any) -> None:
        """Send one event that happens now."""
        event = {
            "type": what,
            "source": "story",
            "event_id": f"{what}-{next(self._numbers)}",
            "occurred_at": self.clock().isoformat(),
            "customer_id": customer_id,
            **fields,
        }
        answer = self.http.post("/v1/events", json=event)
        assert answer.status_code == 202, answer.text

    def get(self, path: str, **parameters: Any) -> Json:
        answer = self.http.get(path, params={k: v for k, v in parameters.items() if v is not None})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def _strangers(self, items: Sequence[Json]) -> list[Json]:
        """Return orders that tell the shop what sells, so that there is something to offer."""
        at = (self.clock() - timedelta(days=30)).isoformat()
        return [
            {
                "type": "purchase",
                "source": "story",
                "event_id": f"stranger-{place}",
                "occurred_at": at,
                "customer_id": f"stranger-{place}",
                "order_id": f"S-{place}",
                "lines": [{"item_id": item["item_id"]}],
            }
            for place, item in enumerate(items)
        ]


@dataclass(frozen=True)
class Customer:
    """Somebody in a story: what they do, and what the brand says to them."""

    world: World
    customer_id: str

    # What they do

    def tells(self, what: str, /, **fields: Any) -> None:
        """Let any event happen to them now."""
        self.world.post(self.customer_id, what, **fields)

    def buys(self, order_id: str, *lines: Json | str) -> None:
        told = [{"item_id": line} if isinstance(line, str) else line for line in lines]
        self.tells("purchase", order_id=order_id, lines=told, channel="store")

    def receives(self, order_id: str, *line_ids: str) -> None:
        self.tells("delivered", order_id=order_id, line_ids=list(line_ids))

    def allows(self, *channels: str, **fields: Any) -> None:
        for channel in channels:
            self.tells("consent_change", consent_channel=channel, status="subscribed", **fields)

    def forbids(self, *channels: str, **fields: Any) -> None:
        for channel in channels:
            self.tells("consent_change", consent_channel=channel, status="unsubscribed", **fields)

    def books(self, appointment_id: str, moment: str, **fields: Any) -> None:
        starts_at = self.world.clock.read(moment).isoformat()
        self.tells("appointment", appointment_id=appointment_id, starts_at=starts_at, **fields)

    # What is said to them

    def hears(self, channel: str, *, k: int = 10, **asked: Any) -> Said:
        """Ask what would be said on a channel now; nothing is counted."""
        return self._said(channel, None, k, **asked)

    def mail(self, request_id: str, *, channel: str = "email", k: int = 3) -> Said:
        """Ask as a mail tool does just before it sends, and send what comes back."""
        said = self.asks(request_id, channel=channel, k=k)
        self.gets(said)
        return said

    def asks(self, request_id: str, *, channel: str = "email", k: int = 3) -> Said:
        """Ask as a mail tool does: the contact is reserved, nothing is sent yet."""
        return self._said(channel, request_id, k)

    def gets(self, said: Said) -> None:
        """Let what was answered go out."""
        for line in said.lines:
            self.tells(
                "contact_sent",
                channel=said.channel,
                decision_id=said.decision_id,
                request_id=said.request_id,
                rank=line.rank,
                action=line.action,
                **({} if line.item_id is None else {"item_id": line.item_id}),
            )

    def page(self) -> Json:
        """Return the page that staff sees of them."""
        return self.world.get(f"/v1/customers/{self.customer_id}")

    def why_not(self, action: str, channel: str, **asked: Any) -> Json:
        """Return the first explanation of why an action is not said."""
        path = f"/v1/customers/{self.customer_id}/why-not"
        return dict(self.world.get(path, action=action, channel=channel, **asked)["explanations"][0])

    def _said(self, channel: str, request_id: str | None, k: int, **asked: Any) -> Said:
        path = f"/v1/customers/{self.customer_id}/actions"
        slate = self.world.get(path, channel=channel, k=k, request_id=request_id, **asked)
        assert not slate.get("degraded"), slate
        shown = self.world.clock.shown
        return Said(
            decision_id=slate["decision_id"],
            lines=tuple(map(_line, slate["actions"])),
            channel=channel,
            request_id=request_id,
            reserved_until=shown(slate.get("reserved_until")),
            next_at=shown(slate.get("next_at")),
        )


def _line(action: Json) -> Line:
    return Line(
        action["rank"],
        action["action"],
        action["kind"],
        action.get("item_id"),
        action.get("text", ""),
        action.get("amount", 0.0),
        action["reason"]["text"],
    )
