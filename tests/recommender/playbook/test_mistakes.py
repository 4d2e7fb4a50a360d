"""Every mistake of a playbook with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import PlaybookError
from recommender.playbook.reading import read_playbook
from tests.recommender.playbook.small import CHANNELS, HEAD, action, plan, problems_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 1\na = 2", "line 2"),
        ("a = [1,\n", "this is no TOML"),
        ("[playbook\n", "line 1, column"),
        (b"a = '\xff'", "line 1, column 6: the file is no text: expected UTF-8"),
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
        (
            HEAD + "[channels.a]\ncost = 0,02 # of a letter",
            "line 5, column 8: this is no number: expected a decimal point and no other mark, found 0,02; write 0.02",
        ),
        (action("value = 1.234,50"), "found 1.234,50; write 1234.50"),
        (action("value = 1,000"), "found 1,000; write 1.000 or 1000"),
        (action("value = 1.234.567"), "found 1.234.567; write 1234567"),
        (action("costs = { email = 0,02, web = 1 }"), "line 13, column 19: this is no number"),
        (action("costs = { email = 1, web = 0,5 }"), "found 0,5; write 0.5"),
        (action("value = 5, # 0,5"), "line 13, column 10: this is no TOML"),
        (action("text = 'a = 0,5' 3"), "line 13, column 18: this is no TOML"),
        (action("text = 'a = 0,5"), "this is no TOML"),
        ('text = """\na = 0,5', "this is no TOML: found Unterminated string"),
        (action("costs = { email = 20.01.2027 }"), "this is no date"),
        (action("value = 1\nvalue = [" + "0,5 " * 1_000), "this is no TOML"),
        (action('value = "0,02"'), "expected a number, found '0,02'; write 0.02"),
        (
            action("from = 20.01.2027"),
            "line 13, column 8: this is no date: expected year-month-day, found 20.01.2027; write 2027-01-20",
        ),
        (action("from = 2027-1-20"), "found 2027-1-20; write 2027-01-20"),
        (action("from = 01/02/2027"), "found 01/02/2027; write the year first, then the month, such as"),
        (action("from = 2027-02-30"), "found 2027-02-30; the calendar has no such day"),
        (action("from = 2027-02-20T25:00:00"), "this is no TOML"),
        (action('from = "20.01.2027"'), "found '20.01.2027'; write 2027-01-20"),
        ("a = 1 b = 2", "line 1, column 7: this is no TOML: expected newline or end of document after a"),
        ("a = 1 b = 2", "after a statement, found 'b = 2'"),
        ("", "playbook: this setting is missing"),
        ("\ufeffcolour = 3\n" + HEAD, "line 1, column 1: colour: unknown setting"),
        ("\ufeff" + HEAD.replace("EUR", "EURO"), "line 3, column 1: playbook.currency"),
        ("\ufeffa = = 1", "line 1, column 5: this is no TOML"),
        ("\ufeff\ufeff" + HEAD, "line 1, column 1: this is no TOML"),
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
        (
            action('value = 1\ntext = "On {Date}"'),
            "a word that this kind does not have: expected {care}, {date}, {item}, {order}, found {Date}; did you mean",
        ),
        (action('value = 1\ntext = "On {Date}"'), "found {Date}; did you mean {date}?"),
        (
            action('value = 1\ntext = "{dat} {carehint}"'),
            "found {dat}, {carehint}; did you mean {date}, {care}?",
        ),
        (
            action('value = 1\ntext = "On {date:%d.%m.}"'),
            "found {date:%d.%m.}; a placeholder is a name alone: write {date}",
        ),
        (action('value = 1\ntext = "{ item } {item.name}"'), "a placeholder is a name alone: write {item}"),
        (action('value = 1\ntext = "Hi {}"'), "found {}; a brace of its own is written twice: {{"),
        (action('value = 1\ntext = "{Date} {"'), "found {Date}; did you mean {date}?"),
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
        (action('value = 1\napplicability = "item.price > 1"', "occasion"), "item.price is only known where"),
        (action("value = 1\nprior = 0.1", "product_offer"), "does not belong to kind product_offer"),
        (action("value = 1\nprior_weight = 9", "buy_again"), "does not belong to kind buy_again"),
        (action("value = 1\nplans = []"), "it belongs to service_reminder, appointment"),
        (action('plans = ["care"]', "service_reminder"), "there is no such service plan"),
        (action("value = 1", "survey"), "actions.it.survey_id: this setting is missing"),
        (action("value = 1\ncooldown.snet = '1 day'"), "did you mean sent?"),
        (action('value = 1\ntiming = { after = "5 days", within = "5 days" }'), "within leaves no time"),
        (
            action('value = 1\ntiming = { after = "10 days", within = "P1D" }'),
            "within leaves no time: expected more than after ('10 days'), found 'P1D'",
        ),
        (action('value = 1\ntiming.within = "0 days"'), "actions.it.timing.within: this takes no time"),
        (action('value = 1\nexpiry = "PT0S"'), "this takes no time: expected more, such as"),
        (
            action('timing.lead = "0 days"', "appointment"),
            "line 13, column 1: actions.it.timing.lead: this takes",
        ),
        (
            action(
                'value = 1\ngoodwill = { amount = 1, per_customer = 5, total = 9, per = "0 days" }', "apology"
            ),
            'actions.it.goodwill.per: this takes no time: expected more, such as "30 days", found 0 days',
        ),
        (
            action("value = 1\ngoodwill = { amount = 0.001, per_customer = 5, total = 99 }", "apology"),
            "actions.it.goodwill.amount: the number is too small: expected at least 0.01",
        ),
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
        (
            plan('first_after = "0 days"'),
            "service_plans.it.first_after: this takes no time: expected more, such as",
        ),
        (plan("satisfied_by = []"), "the list is too short: expected at least 1"),
        (plan("items = {}"), "no items are named"),
        (plan('anchor = "visits"'), "did you mean visit?"),
        (
            HEAD + "\n[[ownership]]\nkind = 'own_once'",
            "line 5, column 1: ownership[1]: an ownership rule needs exactly one scope: expected either category or",
        ),
        (
            HEAD + "\n[[ownership]]\nitem_group_id = 'g'\nkind = 'own_once'\ncategory = 'A'",
            "line 8, column 1: ownership[1].category: an ownership rule needs exactly one scope",
        ),
        (
            HEAD + "\n[[ownership]]\ncategory = 'A'\nitem_group_id = 'g'\nkind = 'own_once'",
            "line 7, column 1: ownership[1].item_group_id: an ownership rule needs exactly one scope",
        ),
        (
            "ownership = [\n  { kind = 'own_once', category = 'A' },\n  { kind = 'own_once' },\n]\n" + HEAD,
            "line 3, column 3: ownership[2]: an ownership rule needs exactly one scope",
        ),
        (HEAD + "[[ownership]]\nkind = 'cool_down'\ncategory = '*'", "cool_down is missing"),
        (
            HEAD + "[[ownership]]\nkind = 'own_once'\ncategory = '*'\ncool_down = '1 day'",
            "does not belong to kind own_once",
        ),
        (HEAD + "[[ownership]]\nkind = 'cool_down'\ncategory = '*'\ncool_down = '1 hour'", "counted in days"),
        (
            HEAD + CHANNELS + "[contact_policy]\nreservation = '0 days'",
            "contact_policy.reservation: this takes no time",
        ),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 1\nper = '0 days'",
            "contact_policy.caps[1].per: this takes no time",
        ),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 1\nper = '500 days'",
            "line 10, column 1: contact_policy.caps[1].per: contacts are not remembered for so long: expected at most",
        ),
        (
            HEAD + CHANNELS + "[[contact_policy.caps]]\ncontacts = 201\nper = '1 day'",
            "line 9, column 1: contact_policy.caps[1].contacts: the number is too large: expected at most 200, found 201",
        ),
        (
            action("value = 1\noccasions = ['birthday']\nitems.categories = ['A']", "occasion"),
            "line 15, column 1: actions.it.items: items narrow gifts alone, and these occasions are none: expected",
        ),
        (
            action("value = 1\nexpiry = '1 day'\ntiming.after = '5 days'"),
            "actions.it.timing: it expires before it may be said: expected more than timing.after (5 days), found 1 day",
        ),
        (
            action("value = 1\ntiming.after = '2 hours'\nexpiry = '2 hours'", "win_back"),
            "line 15, column 1: actions.it.expiry: it expires before it may be said",
        ),
        (
            action("value = 1\nsurvey_id = ' x'", "survey"),
            "line 14, column 1: actions.it.survey_id: this is no id",
        ),
        (action("value = 1\ntopic = ' '"), "line 14, column 1: actions.it.topic: there are blanks around it"),
        (action("value = 1\noccasions = ['birthday ']", "occasion"), "there are blanks around it"),
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


@pytest.mark.parametrize(
    "text",
    [
        action("value = 1\noccasions = ['birthday', 'gift']\nitems.categories = ['A']", "occasion"),
        action("value = 1\nitems.categories = ['A']", "occasion"),
        action("value = 1\nchannels = ['web', 'email']\ntopic = 'news'"),
        action("value = 1\nchannels = ['web']\ntopic = 'news'"),
        action("", "service_reminder"),
        action("value = 1\nexpiry = '5 days'\ntiming.after = '1 day'"),
        action("value = 1\ntopic = 'news'").replace("outbound", "inbound"),
        HEAD
        + "[contact_policy]\nleast_spacing = '1 day'\n[[contact_policy.caps]]\ncontacts = 1\nper = '7 days'",
    ],
)
def test_what_may_have_an_effect_or_waits_for_its_first_channel_is_no_mistake(text: str) -> None:
    assert read_playbook(text).name == "Shop"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        action("value = 0\nlever = 'xms'\naudience = 'orders > 1'")
        + action("value = 1").partition("[levers]")[2]
    )
    text = text.replace("\nxmas = 1.5\n[[actions]]\nid", "\n[[actions]]\nid", 2).replace("[levers]\n", "", 1)
    lines = [int(line.split(",")[0].removeprefix("line ")) for line in problems_of(text + "colour = 3\n")]
    assert len(lines) == 5, "value, lever, audience, the second id, colour"
    assert lines == sorted(lines)


@pytest.mark.parametrize("direction", ['direction = "out"', "direction = 3", ""])
def test_a_channel_whose_direction_is_a_mistake_is_not_said_to_be_inbound(direction: str) -> None:
    rules = (
        "[[contact_policy.caps]]\ncontacts = 1\nper = '1 day'\nchannels = ['sms']\n"
        "[[contact_policy.quiet_hours]]\nfrom = '20:00'\nuntil = '08:00'\nchannels = ['sms']\n"
    )
    (told,) = problems_of(f"{HEAD}[channels.sms]\n{direction}\n{rules}")
    assert "channels.sms.direction" in told


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
