"""What the demo tells: learn, register, serve, and never offer what was just bought."""

import time
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from rich.console import Console
from rich.table import Table

from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from recommender.errors import NotEnoughDataError
from recommender.types import CustomerId
from serving.demo.commands import Rapport

Json: TypeAlias = dict[str, Any]
"""An answer of the API, as JSON gives it."""

OFFERS = 5
SAMPLE = 60
HOUSEHOLDS = 3


@dataclass(frozen=True, slots=True)
class Household:
    """One household and how many order lines it has."""

    customer_id: CustomerId
    lines: int


def run_story(home: Path, *, port: int, budget: str, stays_open: bool) -> None:
    """Run the demo from start to end, on one home.

    Raises
    ------
    RapportError
        A command failed, or the API did not become ready.
    """
    home.mkdir(parents=True, exist_ok=True)
    console, started = Console(), time.monotonic()
    rapport = Rapport(home, {})
    with rapport.meanwhile(
        "warm"
    ):  # reading data leaves a processor idle, and compiling takes one for a minute
        console.rule("1. Learn from 1,469,307 real purchases of 2,469 households")
        rapport("ingest", "complete-journey", "--rejected", str(home / "complete-journey.rejected.csv"))
        console.rule("2. Train, measure, register the model in MLflow")
        rapport("train", "--budget", budget)
    rapport("models")
    households, last_purchase = choose_households(home)
    today = last_purchase + timedelta(hours=1)
    serve = Rapport(home, {"RAPPORT_CLOCK_STARTS_AT": today.isoformat()})
    key = rapport.new_key("server")
    console.rule("3. Serve")
    console.print(f"The purchases end on {last_purchase:%d %B %Y}, so the clock of this API starts there.")
    with serve.serving(port) as url, httpx.Client(base_url=url, headers={"X-Api-Key": key}) as api:
        for household in households:
            show_household(api, household, today, console)
        console.rule(f"Done in {time.monotonic() - started:.0f} s")
        if stays_open:
            _leave_open(url, key, console)


def choose_households(home: Path) -> tuple[Sequence[Household], datetime]:
    """Choose a household with few purchases, one with many and one between, and tell when the last purchase was.

    Raises
    ------
    NotEnoughDataError
        Fewer than three households ever bought something.
    """
    with Engine.open(Settings.load(home=home)) as engine:
        customers = [customer_id for customer_id, _ in engine.log.customers_changed_after(0)]
        sample = sorted(customers)[:: max(1, len(customers) // SAMPLE)]
        states = [(customer_id, engine.state_from_log(customer_id)) for customer_id in sample]
        by_size = sorted((state.lines, customer_id) for customer_id, state in states if state.has_bought)
        last_s = max((state.last_s for _, state in states), default=0)
    if len(by_size) < HOUSEHOLDS:
        raise NotEnoughDataError("the demo needs three households", found=str(len(by_size)))
    quarters = [by_size[len(by_size) * part // (HOUSEHOLDS + 1)] for part in range(1, HOUSEHOLDS + 1)]
    return [Household(who, lines) for lines, who in quarters], datetime.fromtimestamp(last_s, UTC)


def show_household(api: httpx.Client, household: Household, today: datetime, console: Console) -> None:
    """Show what a household bought and would be told; buy the first offer; show the offers again."""
    console.rule(f"Household {household.customer_id}: {household.lines} order lines")
    customer = _get(api, f"/v1/customers/{household.customer_id}", limit=1)
    console.print(_holdings(customer["holdings"][:OFFERS]))
    path = f"/v1/customers/{household.customer_id}/actions"
    console.print(_slate("Due again", _get(api, path, actions="buy_again", k=3)))
    before = _get(api, path, actions="product_offer", k=OFFERS)
    console.print(_slate("Offers", before))
    bought = before["actions"][0]
    elapsed_ms, after = buy(api, household.customer_id, bought["item_id"], today)
    console.print(f"\n  [bold]Buys {bought['name']}[/bold] (POST /v1/events), and asks again:\n")
    console.print(_slate("Offers, after", after))
    gone = all(action["item_id"] != bought["item_id"] for action in after["actions"])
    verdict = "[green]no longer offered[/green]" if gone else "[red]STILL OFFERED[/red]"
    console.print(
        f"  {bought['name']}: {verdict}, {elapsed_ms:.1f} ms from sending the purchase to the new answer\n"
    )


def buy(api: httpx.Client, customer_id: CustomerId, item_id: str, now: datetime) -> tuple[float, Json]:
    """Post a purchase and ask for offers at once; return the milliseconds that took, and the answer."""
    order_id = f"demo-{customer_id}-{time.time_ns()}"
    purchase = {
        "type": "purchase",
        "source": "demo",
        "event_id": order_id,
        "customer_id": customer_id,
        "occurred_at": now.isoformat(),
        "order_id": order_id,
        "lines": [{"item_id": item_id}],
    }
    started = time.perf_counter()
    api.post("/v1/events", json=purchase).raise_for_status()
    after = _get(api, f"/v1/customers/{customer_id}/actions", actions="product_offer", k=OFFERS)
    return (time.perf_counter() - started) * 1000, after


def _get(api: httpx.Client, path: str, **query: str | int) -> Json:
    answer = api.get(path, params=query)
    answer.raise_for_status()
    body: Json = answer.json()
    return body


def _holdings(holdings: Sequence[Json]) -> Table:
    table = Table("Bought lately", "on", "orders", title_justify="left", expand=False)
    for holding in holdings:
        table.add_row(holding["name"], holding["last_bought_at"][:10], str(holding["orders"]))
    return table


def _slate(title: str, slate: Json) -> Table:
    table = Table("", title, "chance", "because", expand=False)
    for action in slate["actions"]:
        table.add_row(str(action["rank"]), action["name"], f"{action['score']:.1%}", action["reason"]["text"])
    return table


def _leave_open(url: str, key: str, console: Console) -> None:
    """Keep serving until Ctrl-C."""
    console.print(f"The API is open at [bold]{url}[/bold], its documentation at [bold]{url}/docs[/bold]")
    console.print(f"  curl -H 'X-Api-Key: {key}' '{url}/v1/customers/1/actions?k=3'")
    console.print("Ctrl-C ends it.")
    webbrowser.open(f"{url}/docs")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("\nClosing.")
