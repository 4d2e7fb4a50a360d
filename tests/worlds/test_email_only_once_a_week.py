"""Email only, and not more than once a week: he said so, and the three texts that were on their way never go."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.worlds.world import Customer, World

PLAYBOOK = """
[playbook]
name = "Tea House"
currency = "EUR"
time_zone = "Europe/Berlin"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"
cost = 0.01

[channels.sms]
direction = "outbound"
cost = 0.05

[channels.post]
direction = "outbound"
cost = 0.90

[contact_policy]
reservation = "2 hours"

[[contact_policy.caps]]
contacts = 1
per = "7 days"

[[contact_policy.caps]]
contacts = 1
per = "30 days"
preference = { name = "contact_frequency", value = "monthly" }

[[contact_policy.quiet_hours]]
from = "20:00"
until = "08:00"

[[actions]]
id = "thanks"
kind = "thank_you"
value = 40.0
prior = 0.5
timing.within = "30 days"

[[actions]]
id = "for-you"
kind = "product_offer"
value = 5.0
"""
ITEMS = [
    {"item_id": name, "name": name.title(), "category": ["Tea"], "price": "7.00"}
    for name in ("oolong", "sencha", "assam")
]


@pytest.fixture(scope="module")
def shop(open_world: Callable[..., World]) -> World:
    return open_world(PLAYBOOK, ITEMS, begins="2025-05-04 12:00")


@pytest.fixture
def otto(shop: World) -> Customer:
    """He bought tea on a Sunday, and wants to hear by email only."""
    shop.on("2025-05-04 12:00")
    otto = shop.newcomer("otto")
    otto.buys("o-1", "oolong")
    otto.tells("consent_change", consent_channel="email", status="subscribed", evidence="till slip 88")
    otto.tells("consent_change", consent_channel="sms", status="never_subscribed")
    shop.on("2025-05-05 10:00")
    return otto


def test_three_texts_never_go(shop: World, otto: Customer) -> None:
    with ThreadPoolExecutor(3) as tools:
        texts = list(tools.map(lambda n: otto.asks(f"text-{n}", channel="sms"), range(3)))
    assert [text.lines for text in texts] == [()] * 3
    assert [text.reserved_until for text in texts] == [None] * 3
    assert otto.asks("letter-1", channel="post").lines == ()  # of letters he said nothing at all
    stopped = otto.why_not("thanks", "sms")
    assert (stopped["code"], stopped["because"]) == ("no_consent", "never subscribed to sms")
    assert otto.why_not("thanks", "post")["because"] == "never said yes to post"
    contacts = otto.page()["dealings"].get("contacts", [])
    assert contacts == []


def test_one_email_goes_and_the_next_waits_for_a_week_to_the_second(shop: World, otto: Customer) -> None:
    monday = otto.mail("may-1")
    assert monday.actions[0] == "thanks"
    for morning in shop.mornings_until("2025-05-12"):
        said = otto.asks(f"mail of {morning}")
        assert (said.lines, said.next_at) == ((), "2025-05-12 10:00")
    shop.on("2025-05-12 09:59:59")
    assert otto.asks("may-2").lines == ()
    shop.on("2025-05-12 10:00")  # a week to the second: the first is out of the window
    assert otto.asks("may-2").lines != ()


def test_what_the_cap_pushed_out_is_decided_again_when_it_opens(shop: World, otto: Customer) -> None:
    otto.mail("may-1", k=1)
    shop.on("2025-05-06 10:00")
    otto.buys("o-2", "sencha")
    shop.on("2025-05-07 10:00")
    pushed_out = otto.asks("thanks-for-sencha", k=1)
    assert (pushed_out.lines, pushed_out.next_at) == ((), "2025-05-12 10:00")
    assert otto.why_not("thanks", "email")["because"] == "1 contact in 7 days, at most 1"
    shop.on("2025-05-12 10:00")
    said = otto.mail("thanks-for-sencha", k=1)  # the same request, whose time has come
    assert [(line.action, line.item_id) for line in said.lines] == [("thanks", "sencha")]
    assert otto.asks("thanks-for-sencha", k=1).decision_id == said.decision_id


def test_nothing_goes_out_at_night_by_his_own_clock(shop: World, otto: Customer) -> None:
    shop.on("2025-05-05 21:30")
    said = otto.asks("late")
    assert (said.lines, said.next_at) == ((), "2025-05-06 08:00")
    otto.tells("profile", time_zone="America/New_York")  # there it is half past three in the afternoon
    assert otto.asks("late").lines == ()  # asked again, it stands until eight
    assert otto.asks("in New York").actions[0] == "thanks"


def test_what_was_asked_for_in_the_evening_may_not_be_sent_at_night(shop: World, otto: Customer) -> None:
    shop.on("2025-05-05 19:30")
    late = otto.asks("late")
    assert (late.actions[0], late.reserved_until) == (
        "thanks",
        "2025-05-05 20:00",
    )  # two hours, but for the night
    shop.on("2025-05-05 20:00")
    again = otto.asks("late")
    assert (again.lines, again.reserved_until, again.next_at) == ((), None, "2025-05-06 08:00")
    shop.on("2025-05-06 08:00")
    assert otto.asks("late").reserved_until == "2025-05-06 10:00"


def test_of_many_tools_at_once_one_may_write(shop: World, otto: Customer) -> None:
    with ThreadPoolExecutor(8) as tools:
        answers = list(tools.map(lambda n: otto.asks(f"tool-{n}"), range(8)))
    (granted,) = [answer for answer in answers if answer.lines]
    assert granted.reserved_until == "2025-05-05 12:00"
    refused = [answer for answer in answers if not answer.lines]
    assert {answer.next_at for answer in refused} == {"2025-05-05 12:00"}


def test_what_was_reserved_and_never_sent_gives_its_place_back(shop: World, otto: Customer) -> None:
    first = otto.asks("may-1")
    assert otto.asks("may-2").lines == ()
    otto.tells("contact_released", decision_id=first.decision_id, request_id="may-1", reason="tool is down")
    assert otto.asks("may-3").lines != ()
    shop.on("2025-05-05 12:30")  # and a reservation that ran out does so by itself
    assert otto.asks("may-4").lines != ()


def test_he_who_comes_to_us_is_always_answered(shop: World, otto: Customer) -> None:
    otto.mail("may-1")
    assert "for-you" in otto.hears("web").actions


def test_who_asks_for_less_than_others_gets_less_on_every_channel(shop: World) -> None:
    shop.on("2025-05-05 10:00")
    ida = shop.newcomer("ida")
    ida.buys("o-7", "assam")
    ida.allows("email", "sms")
    ida.tells("preference", name="contact_frequency", value="monthly", channel="call")
    shop.on("2025-05-06 10:00")
    with ThreadPoolExecutor(4) as tools:
        answers = list(tools.map(lambda n: ida.asks(f"mail-{n}", channel=("email", "sms")[n % 2]), range(4)))
    (granted,) = [answer for answer in answers if answer.lines]
    ida.gets(granted)
    shop.on("2025-05-20 10:00")
    for channel in ("email", "sms"):
        said = ida.asks(f"two weeks later by {channel}", channel=channel)
        assert (said.lines, said.next_at) == ((), "2025-06-05 10:00")
        because = '1 contact in 30 days, at most 1, preference contact_frequency is "monthly"'
        assert ida.why_not("for-you", channel)["because"] == because
    assert "for-you" in ida.hears("web").actions
    shop.on("2025-06-05 10:00")
    assert ida.asks("two weeks later by email").lines != ()  # not lost: the same request, whose time has come


def test_a_wish_that_is_taken_back_binds_no_more(shop: World, otto: Customer) -> None:
    otto.tells("preference", name="contact_frequency", value="monthly")
    otto.mail("may-1")
    shop.on("2025-05-13 10:00")
    assert otto.asks("may-2").next_at == "2025-06-04 10:00"
    otto.tells("preference", name="contact_frequency", value="as you like")
    assert otto.asks("may-3").lines != ()


def test_a_goodbye_to_email_ends_that_too(shop: World, otto: Customer) -> None:
    shop.later(minutes=5)
    otto.forbids("email")
    assert otto.asks("may-1").lines == ()
    assert otto.why_not("thanks", "email")["because"] == "unsubscribed from email"
