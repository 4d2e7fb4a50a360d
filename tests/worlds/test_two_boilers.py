"""Two boilers: the landlady bought two of one kind on one day, and each has its own service and its own end."""

from collections.abc import Callable

import pytest

from recommender.playbook.examples import example_text
from tests.worlds.world import Customer, World

ITEMS = [
    {"item_id": "BOILER-9", "name": "Boiler 9", "category": ["Heating", "Boilers"], "price": "2900.00"},
    {"item_id": "FILTER", "name": "Filter", "category": ["Parts", "Consumables"], "price": "19.00"},
]


def words(serial: str, due: str, last_seen: str) -> str:
    return (
        f"Annual boiler service of your Boiler 9 ({serial}) is due on {due}; it was last here {last_seen}. "
        "At stake: the manufacturer's warranty on the heat exchanger."
    )


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(example_text("garage"), ITEMS, begins="2024-02-29 11:00", zone="Europe/London")


@pytest.fixture
def ada(shop: World) -> Customer:
    """She buys both on a leap day; a year later is 28 February."""
    shop.on("2024-02-29 11:00")
    ada = shop.newcomer("ada")
    ada.allows("email", "sms")
    kitchen = {"item_id": "BOILER-9", "line_id": "1", "serial": "K-1"}
    ada.buys("o-1", kitchen, {**kitchen, "line_id": "2", "serial": "K-2"})
    return ada


def reminded(ada: Customer, channel: str = "counter") -> list[str]:
    return sorted(ada.hears(channel).texts("service-due"))


def test_each_boiler_is_reminded_of_by_its_serial(shop: World, ada: Customer) -> None:
    shop.on("2025-01-16 10:00")  # six weeks before 28 February is 17 January
    assert reminded(ada) == []
    shop.on("2025-01-17 10:00")
    assert reminded(ada) == [words("K-1", "2025-02-28", "never"), words("K-2", "2025-02-28", "never")]


def test_the_one_that_was_serviced_is_done_and_the_other_is_not(shop: World, ada: Customer) -> None:
    shop.on("2025-02-20 14:00")
    ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9", serial="K-1")
    assert reminded(ada) == [words("K-2", "2025-02-28", "never")]
    shop.on("2025-03-20 14:00")  # late, within the month of grace
    ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9", serial="K-2")
    assert reminded(ada) == []
    # The warranty counts from the installation: both are due on 28 February again, late visit or not.
    shop.on("2026-01-17 10:00")
    assert reminded(ada) == [
        words("K-1", "2026-02-28", "2025-02-20"),
        words("K-2", "2026-02-28", "2025-03-20"),
    ]


def test_a_visit_that_names_no_serial_counts_for_one_of_them_only(shop: World, ada: Customer) -> None:
    shop.on("2025-02-20 14:00")
    ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9")
    assert len(reminded(ada)) == 1
    ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9")
    assert reminded(ada) == []


def test_the_one_that_was_returned_is_no_promise_any_more(shop: World, ada: Customer) -> None:
    shop.on("2024-03-05 10:00")
    ada.tells("return", lines=[{"item_id": "BOILER-9", "order_id": "o-1", "serial": "K-1"}])
    shop.on("2025-02-20 14:00")
    assert reminded(ada) == [words("K-2", "2025-02-28", "never")]
    (unit,) = ada.page()["dealings"]["units"]
    assert unit["serial"] == "K-2"


@pytest.mark.parametrize("named", [{"serial": "K-1"}, {"line_id": "1"}])
def test_beside_one_for_her_mother_her_own_comes_back_and_she_is_reminded_of_none(
    shop: World, named: dict[str, str]
) -> None:
    shop.on("2024-02-29 11:00")
    eve = shop.newcomer("eve")
    own = {"item_id": "BOILER-9", "line_id": "1", "serial": "K-1"}
    eve.buys("o-1", own, {**own, "line_id": "2", "serial": "M-1", "is_gift": True})
    shop.on("2024-03-05 10:00")
    eve.tells("return", lines=[{"item_id": "BOILER-9", "order_id": "o-1", **named}])
    shop.on("2025-02-20 14:00")
    assert reminded(eve) == []
    known = eve.page()["dealings"]
    assert ("units" in known, len(known["gifts"])) == (False, 1)


def test_a_booked_visit_silences_one_of_them_only(shop: World, ada: Customer) -> None:
    shop.on("2025-02-20 14:00")
    ada.books("v-1", "2025-02-27 09:00", service_code="boiler-service", serial="K-2")
    assert reminded(ada) == [words("K-1", "2025-02-28", "never")]
    shop.on("2025-02-26 10:00")
    assert ada.hears("sms").text("see-you-tomorrow") == (
        "Boiler service: we expect you on 2025-02-27 at 09:00."
    )


def test_what_she_waves_away_is_the_one_that_was_spoken_of(shop: World, ada: Customer) -> None:
    shop.on("2025-02-20 14:00")
    said = ada.hears("counter")
    kitchen = next(line for line in said.lines if "K-1" in line.text)
    ada.tells("response", decision_id=said.decision_id, rank=kitchen.rank, outcome="dismissed")
    assert reminded(ada) == [words("K-2", "2025-02-28", "never")]
    shop.on("2025-03-13 15:00")  # after three weeks both again
    assert len(reminded(ada)) == 2


def test_a_mail_about_one_leaves_the_other_to_be_spoken_of(shop: World, ada: Customer) -> None:
    shop.on("2025-01-20 10:00")
    (line,) = ada.mail("january", k=1).lines
    other = "K-2" if "K-1" in line.text else "K-1"
    assert reminded(ada) == [words(other, "2025-02-28", "never")]


def test_one_mail_speaks_of_both(shop: World, ada: Customer) -> None:
    shop.on("2025-01-20 10:00")
    assert len(ada.mail("january", k=2).texts("service-due")) == 2
    assert reminded(ada) == []
    shop.on("2025-01-31 10:00")
    assert len(ada.hears("email", k=2).texts("service-due")) == 2  # after ten days, if nothing came of it


def test_the_same_request_again_speaks_no_more_of_the_one_that_was_serviced_meanwhile(
    shop: World, ada: Customer
) -> None:
    shop.on("2025-01-20 10:00")
    assert len(ada.asks("january", k=2).texts("service-due")) == 2
    ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9", serial="K-1")
    assert ada.asks("january", k=2).texts("service-due") == [words("K-2", "2025-02-28", "never")]


def test_seven_years_of_services_and_the_warranty_is_over(shop: World, ada: Customer) -> None:
    for year in range(2025, 2032):
        shop.on(f"{year}-02-20 10:00")
        assert reminded(ada) != []
        for serial in ("K-1", "K-2"):
            ada.tells("service_visit", service_code="boiler-service", item_id="BOILER-9", serial=serial)
        assert reminded(ada) == []
    shop.on("2032-02-20 10:00")
    assert reminded(ada) == []
    assert ada.why_not("service-due", "counter")["verdict"] == "never_proposed"
