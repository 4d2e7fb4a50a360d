"""From a file to values, and every mistake with its line."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalog.ownership import OwnershipRule
from recommender.customers.dealing_folds.bounds import CONTACT_DAYS, MOST_CONTACTS
from recommender.errors import PlaybookError
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

HEAD = '[playbook]\nname = "Shop"\ncurrency = "EUR"\n'
CHANNELS = '[channels.email]\ndirection = "outbound"\n[channels.web]\ndirection = "inbound"\n'
DAY = 86_400


def problems_of(text: str | bytes) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        read_playbook(text)
    return str(caught.value).split("\n")


def action(settings: str, kind: str = "thank_you") -> str:
    return f'{HEAD}{CHANNELS}[levers]\nxmas = 1.5\n[[actions]]\nid = "it"\nkind = "{kind}"\n{settings}\n'


def plan(settings: str = "") -> str:
    needed = {
        "name": '"Check"',
        "items.categories": '["Rings"]',
        "first_after": '"6 months"',
        "satisfied_by": '["check"]',
    }
    rest = "".join(
        f"{name} = {value}\n"
        for name, value in needed.items()
        if name.partition(".")[0] + " " not in settings
    )
    return f'{HEAD}[[service_plans]]\nid = "it"\n{settings}\n{rest}'


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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2", "line 2"),
        ("a = [1,\n", "this is no TOML"),
        ("[playbook\n", "line 1, column"),
        (b"a = '\xff'", "line 1, column 1: the file is no text: expected UTF-8"),
        ("a = " + "[" * 30_000 + "]" * 30_000, "nested too deeply"),
        ("# " + "x" * 2_000_000, "too large"),
        (
            "\n" + "a . " * 100_000 + "a = 1",
            "line 2, column 1: a key has too many parts: expected at most 50",
        ),
        ("[" + "'a'." * 60 + "a]", "a key has too many parts"),
        (
            HEAD + "# " + "9" * 5_000 + "\n[levers]\nx = [\n  1,\n  " + "9" * 5_000 + "]",
            "line 8, column 3: the number is too large: expected a whole number of at most 64 bits",
        ),
        (
            HEAD + "[levers]\nx = 0x" + "f" * 5_000,
            "line 5, column 1: levers.x: the number is too large: expected a whole number of at most 64 bits",
        ),
        (
            HEAD + "x = [{ a = [1, 9223372036854775808] }]",
            "line 4, column 16: playbook.x[1].a[2]: the number is too large",
        ),
        (HEAD + "[levers]\nx = 9223372036854775808", "levers.x: the number is too large: expected a whole"),
        (
            HEAD + "[levers]\nx = -9223372036854775808",
            "levers.x: the number is too small: expected at least 0",
        ),
        ("", "playbook: this setting is missing"),
        (HEAD + "[actoins]", "line 4, column 1: actoins: unknown setting"),
        (HEAD + "[actoins]", "did you mean actions?"),
        (HEAD + "actions = 3", "playbook.actions: unknown setting"),
        (
            "actions = 3\n" + HEAD,
            "line 1, column 1: actions: the type does not fit: expected a list, found 3",
        ),
        (HEAD.replace("EUR", "EURO"), "line 3, column 1: playbook.currency: this is no currency"),
        (HEAD + 'time_zone = "Europe/Berln"', "did you mean Europe/Berlin?"),
        (HEAD + "name = 3", "line 4"),
        (HEAD.replace('"Shop"', "3"), "playbook.name: the type does not fit: expected a text, found 3"),
        (HEAD.replace('"Shop"', '""'), "the text is too short"),
        (HEAD + "[channels.email]", "channels.email.direction: this setting is missing"),
        (HEAD + '[channels."a b"]\ndirection = "inbound"', "channels.a b: this is no name"),
        (HEAD + '[channels.a]\ndirection = "in"', "unknown choice: expected inbound or outbound, found 'in'"),
        (HEAD + "[levers]\nx = -1", "levers.x: the number is too small: expected at least 0, found -1"),
        (HEAD + "[levers]\nx = nan", "expected a finite number"),
        (HEAD + '[levers]\nx = "1"', "levers.x: the type does not fit: expected a number, found '1'"),
        (HEAD + "[exploration]\nepsilon = 0.6", "expected at most 0.5"),
        (HEAD + "[diversity]\nmost_per_category = 1.5", "expected a whole number"),
        (action("value = true"), "the type does not fit: expected a number, found True"),
        (action("value = 0"), "line 13, column 1: actions.it.value: an action without value never wins"),
        (action(""), "an action without value never wins"),
        (action("", "product_offer"), "an action without value never wins"),
        (action("value = 1").replace('"it"', '"i t"'), "this is no name"),
        (action("value = 1", "thankyou"), "line 12, column 1: actions.it.kind: unknown kind of action"),
        (action("value = 1", "thankyou"), "did you mean thank_you?"),
        (action("value = 1", "do_nothing"), "doing nothing is always possible; leave the action out"),
        (
            HEAD + '[[actions]]\nid = "x"',
            "line 4, column 1: actions.x.kind: this setting is missing: expected product_offer",
        ),
        (
            action('value = 1\nlever = "xms"'),
            "there is no such lever: expected xmas, found 'xms'; did you mean xmas?",
        ),
        (action('value = 1\nchannels = ["emial"]'), "line 14, column 13: actions.it.channels[1]"),
        (action("value = 1\ncosts.sms = 1"), "there is no such channel"),
        (action('value = 1\nchannels = ["web"]\ncosts.email = 1'), "the action is never said there"),
        (action('value = 1\nchannels = "web"'), "expected a list, found 'web'"),
        (action("value = 1\nprior = 1"), "expected less than 1"),
        (action("value = 1\nholdout = 1.5"), "expected at most 1"),
        (action("value = 1\nfrom = 2026-02-01\nuntil = 2026-02-01"), "the action ends before it begins"),
        (action('value = 1\nfrom = "soon"'), "this is no date"),
        (action('value = 1\nfrom = "2026-02-30"'), "this is no date"),
        (action("value = 1\nfrom = 08:00:00"), "this is no date"),
        (
            action("value = 1\nuntil = 9999-12-31T23:59:59"),
            "line 14, column 1: actions.it.until: the date is too far away: expected a year from 1970 to 9998",
        ),
        (
            action("value = 1\nuntil = 9999-12-31T23:59:59"),
            "found 9999-12-31 23:59:59; leave it out where there is no bound",
        ),
        (action("value = 1\nuntil = 9999-12-31T23:59:59-12:00"), "the date is too far away"),
        (action("value = 1\nfrom = 1969-12-31"), "expected a year from 1970 to 9998, found 1969-12-31"),
        (action('value = 1\nfrom = "0001-01-01"'), "the date is too far away"),
        (action('value = 1\ntext = "Hi {name}"'), "expected {care}, {date}, {item}, {order}, found {name}"),
        (action('value = 1\ntext = "Hi {"'), "the text cannot be filled"),
        (action('value = 1\ntext = "a\\u0000"'), "control character"),
        (action("value = 1\naudience = 3"), "a condition is a text"),
        (
            action('value = 1\naudience = "orders > 1"'),
            "line 14, column 13: actions.it.audience: unknown fact",
        ),
        (
            action('value = 1\naudience = """\nhour > 1\n  and oder > 1\n"""'),
            "line 16, column 7: actions.it.audience",
        ),
        (action('value = 1\naudience = "item.price > 1"'), "only known where an action is about an item"),
        (action('value = 1\nsuitability = "item.price > 1"', "win_back"), "only known where"),
        (action('value = 1\ncontext = [{ when = "hour" , factor = 1 }]'), "actions.it.context[1].when"),
        (action("value = 1\nitems = {}"), "no items are named"),
        (action('value = 1\nitems.categories = [""]'), "this is no category"),
        (action("value = 1\nitems.categories = [[]]"), "this is no category"),
        (action('value = 1\nitems.item_ids = [" a"]'), "this is no id"),
        (
            action("value = 1\ntiming.lapse = 2"),
            "does not belong to kind thank_you; leave it out; it belongs to win_back",
        ),
        (action('value = 1\nsurvey_id = "x"'), "does not belong to kind thank_you"),
        (action("value = 1\ngoodwill.amount = 1"), "it belongs to apology"),
        (action('value = 1\nexpiry = "1 day"', "product_offer"), "does not belong to kind product_offer"),
        (action("value = 1\nplans = []"), "it belongs to service_reminder, appointment"),
        (action('plans = ["care"]', "service_reminder"), "there is no such service plan"),
        (action("value = 1", "survey"), "actions.it.survey_id: this setting is missing"),
        (action("value = 1\ncooldown.snet = '1 day'"), "did you mean sent?"),
        (action('value = 1\ntiming = { after = "5 days", within = "5 days" }'), "within leaves no time"),
        (
            action("value = 1\ngoodwill = { amount = 9, per_customer = 5, total = 99 }", "apology"),
            "the budget is smaller",
        ),
        (
            action("value = 1\ngoodwill = { amount = 9, per_customer = 9 }", "apology"),
            "total: this setting is missing",
        ),
        (action("value = 1\ncooldown.sent = 3"), 'write "3 days"'),
        (action('value = 1\ncooldown.sent = "3 dais"'), "did you mean days?"),
        (action('value = 1\ncooldown.sent = "2 months"'), "months and years differ in length"),
        (action('value = 1\ncooldown.sent = "P2M"'), "write 61 days"),
        (action('value = 1\ncooldown.sent = "P"'), "this is no length of time"),
        (action('value = 1\ncooldown.sent = "-3 days"'), "this is no length of time"),
        (action('value = 1\ncooldown.accepted = "40000 days"'), "at most 100 years"),
        (
            action('value = 1\ncooldown.sent = "401 days"'),
            "line 14, column 1: actions.it.cooldown.sent: contacts are not remembered for so long: expected at most",
        ),
        (action('value = 1\ncooldown.sent = "401 days"'), "at most 400 days, found '401 days'"),
        (action('value = 1\ncooldown.sent = "P400DT1S"'), "expected at most 400 days"),
        (plan('lead = "6 months"'), "service_plans.it.lead: the lead is not shorter than first_after"),
        (plan('every = "1 week"'), "the lead is not shorter than every: it would always be due"),
        (plan('until = "5 months"'), "the plan ends before it is first due"),
        (plan('first_after = "0 days"'), "a service cannot be due at once"),
        (plan("satisfied_by = []"), "the list is too short: expected at least 1"),
        (plan("items = {}"), "no items are named"),
        (plan('anchor = "visits"'), "did you mean visit?"),
        (
            HEAD + "[[ownership]]\nkind = 'own_once'",
            "exactly one scope: expected either category or item_group_id",
        ),
        (HEAD + "[[ownership]]\nkind = 'cool_down'\ncategory = '*'", "cool_down is missing"),
        (
            HEAD + "[[ownership]]\nkind = 'own_once'\ncategory = '*'\ncool_down = '1 day'",
            "does not belong to kind own_once",
        ),
        (HEAD + "[[ownership]]\nkind = 'cool_down'\ncategory = '*'\ncool_down = '1 hour'", "counted in days"),
        (HEAD + CHANNELS + "[contact_policy]\nreservation = '0 days'", "a reservation takes time"),
        (HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 1\nper = '0 days'", "a window takes time"),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 1\nper = '500 days'",
            "line 10, column 1: contact_policy.caps[1].per: contacts are not remembered for so long: expected at most",
        ),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 201\nper = '1 day'",
            "line 9, column 1: contact_policy.caps[1].contacts: the number is too large: expected at most 200, found 201",
        ),
        (
            HEAD + CHANNELS + "[contact_policy]\nleast_spacing = '58 weeks'",
            "contact_policy.least_spacing: contacts are not remembered for so long",
        ),
        (
            HEAD + CHANNELS + "[contact_policy]\nreservation = '401 days'",
            "contact_policy.reservation: contacts are not remembered for so long",
        ),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 1\nper = '1 day'\nchannels = ['web']",
            "it is inbound",
        ),
        (
            HEAD + "[[contact_policy.quiet_hours]]\nfrom = '08:00'\nuntil = '08:00'",
            "begin and end at the same time",
        ),
        (HEAD + "[[contact_policy.quiet_hours]]\nfrom = '24:00'\nuntil = '08:00'", "this is no time of day"),
        (HEAD + "[[contact_policy.quiet_hours]]\nfrom = 20:00:00\nuntil = '08:00'", 'write "20:00"'),
        (HEAD + "[contact_policy.quiet_hours]\nfrom = '20:00'", "expected a list, found a table"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_the_way_out(text: str | bytes, said: str) -> None:
    assert said in "\n".join(problems_of(text))


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        action("value = 0\nlever = 'xms'\naudience = 'orders > 1'")
        + action("value = 1").partition("[levers]")[2]
    )
    text = text.replace("\nxmas = 1.5\n[[actions]]\nid", "\n[[actions]]\nid", 2).replace("[levers]\n", "", 1)
    lines = [int(line.split(",")[0].removeprefix("line ")) for line in problems_of(text + "colour = 3\n")]
    assert len(lines) == 5, "value, lever, audience, the second id, colour"
    assert lines == sorted(lines)


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


def test_an_id_is_given_once() -> None:
    twice = action("value = 1") + '[[actions]]\nid = "it"\nkind = "thank_you"\nvalue = 1\n'
    (told,) = problems_of(twice)
    assert told.startswith("line 15, column 1: actions.it.id: the id is taken: found 'it', also in line 11")


def lines_of_mistakes(source: bytes) -> list[int]:
    try:
        read_playbook(source)
    except PlaybookError as error:
        return [problem.line for problem in error.problems]
    return []


@given(st.text(max_size=200) | st.binary(max_size=50))
def test_any_file_is_read_or_refused_with_a_line(text: str | bytes) -> None:
    source = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    assert all(line >= 1 for line in lines_of_mistakes(source))
