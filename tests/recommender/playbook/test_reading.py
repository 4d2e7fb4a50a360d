"""From a file to values."""

import codecs
import hashlib
from datetime import UTC, datetime

import pytest

from recommender.catalog.ownership import OwnershipRule
from recommender.customers.dealing_folds.bounds import CONTACT_DAYS, MOST_CONTACTS
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import (
    Cap,
    Channel,
    Cooldown,
    Goodwill,
    ItemSelector,
    QuietHours,
    ServicePlan,
    Span,
    Timing,
)
from recommender.playbook.reading import default_playbook, read_playbook
from tests.recommender.playbook.small import CHANNELS, HEAD, action

DAY = 86_400


def test_every_setting_of_an_action_reaches_its_value() -> None:
    (read,) = read_playbook(
        action(
            """
text = "Thank you for {item}"
topic = "care"
trigger = "hour > 8"
audience = "customer.orders > 1"
applicability = "item.price > 1"
suitability = "complaints.open == 0"
channels = ["email"]
from = 2026-01-01
until = 2026-02-01T00:00:00+01:00
value = 3
costs = { email = 0.5 }
lever = "xmas"
prior = 0.2
prior_weight = 10
cooldown = { accepted = "1 day", ignored = "2 days", dismissed = "3 days", sent = "PT1H" }
holdout = 0.1
expiry = "9 days"
context = [{ when = "today.month == 12", factor = 2 }]
items = { item_ids = ["A"], item_group_ids = ["g"], categories = ["Rings/Gold", ["a/b"], "*"], attribute = { name = "x", value = "y" } }
timing = { after = "1 day", within = "5 days" }
"""
        )
    ).actions
    assert (read.id, read.kind, read.text, read.topic) == (
        "it",
        ActionKind.THANK_YOU,
        "Thank you for {item}",
        "care",
    )
    conditions = (read.trigger, read.audience, read.applicability, read.suitability)
    assert [condition.text for condition in conditions if condition is not None] == [
        "hour > 8",
        "customer.orders > 1",
        "item.price > 1",
        "complaints.open == 0",
    ]
    assert read.channels == {"email"}
    assert read.from_s == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert read.until_s == datetime(2026, 1, 31, 23, tzinfo=UTC).timestamp()
    assert (read.value, read.costs, read.lever) == (3.0, {"email": 0.5}, "xmas")
    assert (read.prior, read.prior_weight, read.holdout) == (0.2, 10.0, 0.1)
    assert read.cooldown == Cooldown(DAY, 2 * DAY, 3 * DAY, 3_600)
    assert read.expiry_s == 9 * DAY
    assert [(moment.text, factor) for moment, factor in read.context] == [("today.month == 12", 2.0)]
    assert read.items == ItemSelector(
        frozenset({"A"}), frozenset({"g"}), (("Rings", "Gold"), ("a/b",), ()), ("x", "y")
    )
    assert read.timing == Timing(after_s=DAY, within_s=5 * DAY)


def test_dates_without_offset_are_in_the_zone_of_the_playbook() -> None:
    text = action("value = 1\nfrom = 2026-07-01\nuntil = 2026-07-01T12:00:00").replace(
        'currency = "EUR"', 'currency = "EUR"\ntime_zone = "America/Chicago"'
    )
    (read,) = read_playbook(text).actions
    assert read.from_s == datetime(2026, 7, 1, 5, tzinfo=UTC).timestamp()
    assert read.until_s == datetime(2026, 7, 1, 17, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("kind", "settings", "name", "value"),
    [
        ("review_request", 'timing.undelivered_after = "0 days"', "timing", Timing(undelivered_after_s=0)),
        ("win_back", "timing = { lapse = 3, least_orders = 4 }", "timing", Timing(lapse=3.0, least_orders=4)),
        ("occasion", 'timing.lead = "2 weeks"', "timing", Timing(lead_s=14 * DAY)),
        ("occasion", 'timing.lead = "0 days"', "timing", Timing(lead_s=0)),
        ("occasion", "timing = {}", "timing", Timing(lead_s=None)),
        ("appointment", 'timing.lead = "1 hour"', "timing", Timing(lead_s=3_600)),
        ("appointment", 'expiry = "1 day"', "timing", Timing(lead_s=None)),
        ("occasion", 'occasions = ["birthday"]', "occasions", {"birthday"}),
        ("survey", 'survey_id = "s"', "survey_id", "s"),
        ("product_offer", "value_from_price = 0.3", "value_from_price", 0.3),
        (
            "apology",
            'goodwill = { amount = 5, per_customer = 10, total = 100, per = "30 days" }',
            "goodwill",
            Goodwill(5.0, 10.0, 100.0, 30 * DAY),
        ),
    ],
)
def test_each_kind_has_settings_of_its_own(kind: str, settings: str, name: str, value: object) -> None:
    (read,) = read_playbook(action(f"value = 1\n{settings}", kind)).actions
    assert getattr(read, name) == value


def test_contact_rules_plans_and_the_rest_reach_their_values() -> None:
    read = read_playbook(
        HEAD
        + CHANNELS
        + """
[contact_policy]
least_spacing = "2 days"
reservation = "30 minutes"
complaint_grace = "1 week"
needs_consent = false
[[contact_policy.caps]]
contacts = 2
per = "7 days"
channels = ["email"]
except_kinds = ["apology"]
[[contact_policy.quiet_hours]]
from = "20:30"
until = "08:00"
weekdays = ["monday", "sunday"]
[[service_plans]]
id = "care"
name = "Check"
items.categories = ["Rings"]
first_after = "6 months"
every = "P1Y"
lead = "30 days"
grace = "36 hours"
until = "1 year 6 months"
satisfied_by = ["check"]
anchor = "schedule"
consequence = "the warranty"
value = 40
[[ownership]]
kind = "cool_down"
category = "*"
cool_down = "2 weeks"
[[ownership]]
kind = "own_once"
item_group_id = "sets"
[exploration]
epsilon = 0.1
[diversity]
most_per_category = 3
"""
    )
    assert read.channels == {"email": Channel("email", "outbound"), "web": Channel("web", "inbound")}
    policy = read.policy
    assert (policy.least_spacing_s, policy.reservation_s, policy.complaint_grace_s) == (
        2 * DAY,
        1_800,
        7 * DAY,
    )
    assert policy.needs_consent is False
    assert policy.caps == (Cap(2, 7 * DAY, frozenset({"email"}), frozenset({ActionKind.APOLOGY})),)
    assert policy.quiet_hours == (QuietHours(1_230, 480, frozenset({0, 6})),)
    assert read.plans == (
        ServicePlan(
            id="care",
            name="Check",
            items=ItemSelector(categories=(("Rings",),)),
            first_after=Span(months=6),
            every=Span(months=12),
            lead=Span(days=30),
            grace=Span(seconds=36 * 3_600),
            until=Span(months=18),
            satisfied_by=frozenset({"check"}),
            anchor="schedule",
            consequence="the warranty",
            value=40.0,
        ),
    )
    assert read.ownership == (
        OwnershipRule(kind="cool_down", cool_down_days=14, category=()),
        OwnershipRule(kind="own_once", item_group_id="sets"),
    )
    assert (read.epsilon, read.most_per_category) == (0.1, 3)


def test_the_version_is_the_hash_of_the_bytes_and_the_smallest_playbook_is_its_heading() -> None:
    read = read_playbook(HEAD)
    assert read.version == hashlib.sha256(HEAD.encode()).hexdigest()
    assert (read.name, read.currency, read.time_zone, read.actions) == ("Shop", "EUR", "UTC", ())
    assert read_playbook(HEAD + "\n# no more\n").version != read.version
    assert read_playbook(HEAD.replace("\n", "\r\n")).name == "Shop"


def test_the_mark_that_some_editors_put_before_a_text_is_no_part_of_it() -> None:
    marked = codecs.BOM_UTF8 + HEAD.encode()
    read = read_playbook(marked)
    assert (read.name, read.currency) == ("Shop", "EUR")
    assert read.version == hashlib.sha256(marked).hexdigest() != read_playbook(HEAD).version
    assert read_playbook("\ufeff" + HEAD).version == read.version


def test_a_home_without_playbook_offers_and_refills_without_limits() -> None:
    read = default_playbook()
    assert {one.kind: one.value for one in read.actions} == {
        ActionKind.PRODUCT_OFFER: 1.0,
        ActionKind.BUY_AGAIN: 1.0,
    }
    assert (read.policy.caps, read.policy.quiet_hours, read.epsilon, read.most_per_category) == (
        (),
        (),
        0.0,
        None,
    )


def test_what_the_reader_lets_a_rule_count_is_remembered() -> None:
    read = read_playbook(
        action(
            'value = 1\ncooldown = { sent = "400 days", accepted = "900 days", ignored = "900 days", dismissed = "900 days" }'
        )
        + '[contact_policy]\nleast_spacing = "400 days"\ncaps = [{ contacts = 200, per = "400 days" }]'
    )
    (cap,), cooldown = read.policy.caps, read.actions[0].cooldown
    longest_s = max(cap.per_s, cooldown.sent_s, read.policy.least_spacing_s)
    assert longest_s == 400 * DAY <= CONTACT_DAYS * DAY
    assert cap.contacts == 200 <= MOST_CONTACTS
