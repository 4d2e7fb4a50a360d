"""What conditions mean, what they say decided, and what they refuse."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from recommender.errors import PlaybookError
from recommender.playbook.conditions import CompiledCondition, compile_condition
from recommender.playbook.conditions.vocabulary import FACTS, ValueType
from recommender.playbook.situation import FactValue, Known

DAY = 86_400.0
NOW = 1_770_000_000.0

SHE: Mapping[str, FactValue] = {
    "now": NOW,
    "customer.orders": 3.0,
    "customer.last_purchase": NOW - 50 * DAY,
    "customer.rhythm": 20 * DAY,
    "customer.language": "de",
    "customer.new": False,
    "appointments.next": NOW + 2 * DAY,
    "hour": 9.0,
    'owns("RING-1")': True,
    'attribute("vip")': "yes",
    'attribute("the "odd" one")': "yes",
    "item.price": 100.0,
    "item.category": "Rings/Gold",
}


def compiled(text: str) -> CompiledCondition:
    return compile_condition(text, about_item=True)


def problem_of(text: str, *, about_item: bool = True) -> str:
    with pytest.raises(PlaybookError) as caught:
        compile_condition(text, about_item=about_item)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "customer.orders >= 2 and days_since(last_purchase) > 45",
        "customer.orders == 3",
        "customer.orders != 4",
        "not customer.orders < 3",
        "3 <= customer.orders",
        "days_since(customer.last_purchase) == 50",
        "hours_since(last_purchase) == 50 * 24",
        "days_until(appointments.next) == 2",
        "now - last_purchase > 2 * customer.rhythm",
        "now - last_purchase == 50 days",
        "last_purchase + 7 weeks < now",
        "customer.rhythm / 2 == 10 days",
        "customer.rhythm / 1 day == 20",
        "-customer.orders + 5 * 2 == 7",
        "10 - 2 - 3 == 5",
        "2 + 3 * 4 == 14 and (2 + 3) * 4 == 20",
        'customer.language in ("de", "fr")',
        "customer.language not in ('en',)",
        "hour in (8, 9)",
        "customer.rhythm in (20 days, -1 days)",
        'owns("RING-1") and not owns("RING-2")',
        "owns('RING-1')",
        'attribute("vip") == "yes"',
        'attribute("the \\"odd\\" one") == "yes"',
        "customer.new == false",
        "true or customer.orders > 100",
        "not (false or customer.new)",
        "1 week == 7 days and 90 minutes == 1.5 hours and 60 seconds == 1 minute",
        "item.price > 50 and item.category == 'Rings/Gold'",
        "customer.orders>=2\n  and hour<12",
        "hour < 2026 - 1 - 1 and hour < 2026-1 and 0.5 < 10 and 0 < 0.05",
        "hour in (8,50, 9,0)",
    ],
)
def test_this_is_true_of_her(text: str) -> None:
    assert compiled(text).holds(Known(SHE)) is True
    assert compiled(f"not ({text})").holds(Known(SHE)) is False


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
def test_a_comparison_with_something_unknown_is_false_whichever_it_is(sign: str) -> None:
    nobody = Known({})
    for text in (f"customer.orders {sign} 2", f"2 {sign} customer.orders", f"hour {sign} customer.orders"):
        assert compiled(text).holds(nobody) is False
        assert compiled(f"not {text}").holds(nobody) is True


@pytest.mark.parametrize(
    "text",
    [
        'customer.language in ("de",)',
        'customer.language not in ("de",)',
        "customer.orders + 1 > 0",
        "days_since(last_purchase) > 0",
        "days_since(last_purchase) <= 0",
        'owns("RING-1")',
        "customer.new == true",
        "customer.new == false",
        "1 / 0 > 0",
        "1 / (2 - 2) <= 0",
        "1 / customer.orders > 0",
        "9" * 300 + " * " + "9" * 300 + " > 1",
    ],
)
def test_nothing_that_rests_on_the_unknown_is_true(text: str) -> None:
    assert compiled(text).holds(Known({"customer.orders": 0.0} if "/ customer" in text else {})) is False


@dataclass
class Counting:
    """Remembers what it was asked."""

    facts: Mapping[str, FactValue]
    asked: list[str] = field(default_factory=list)

    def fact(self, name: str, argument: str | None = None) -> FactValue | None:
        self.asked.append(name)
        return Known(self.facts).fact(name, argument)


def test_what_can_no_longer_decide_is_not_asked() -> None:
    she = Counting(SHE)
    assert not compiled("customer.orders > 5 and hour > 1 and today.month > 1").holds(she)
    assert compiled("customer.orders > 1 or hour > 1 or today.month > 1").holds(she)
    assert she.asked == ["customer.orders", "customer.orders"]


def test_what_is_constant_is_worked_out_once() -> None:
    she = Counting(SHE)
    assert compiled("1 + 1 == 2 or customer.orders > 1").holds(she)
    assert not compiled("customer.orders > 1 and 1 > 2").holds(she)
    assert compiled("true and not false").holds(she)
    assert she.asked == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("customer.orders >= 4", "customer.orders is 3, asked >= 4"),
        ("customer.orders >= 4 or hour < 8", "customer.orders is 3, asked >= 4; hour is 9, asked < 8"),
        ("customer.orders >= 2 and hour < 8", "hour is 9, asked < 8"),
        ("customer.orders >= 4 or hour < 10", "hour is 9, asked < 10"),
        ("not customer.orders >= 2", "customer.orders is 3, asked not >= 2"),
        ("not (customer.orders >= 2 or hour > 8)", "customer.orders is 3, asked not >= 2"),
        ("days_since(last_purchase) > 60", "days_since(last_purchase) is 50, asked > 60"),
        ("customer.rhythm < 2 weeks", "customer.rhythm is 20 days, asked < 2 weeks"),
        ("surveys.last_score > 8", "surveys.last_score is unknown, asked > 8"),
        ('customer.language in ("fr", "it")', 'customer.language is "de", asked in ("fr", "it")'),
        ('owns("RING-1")', 'owns("RING-1") is true'),
        ('not owns("RING-1")', 'owns("RING-1") is true, asked not'),
        ("customer.new", "customer.new is false"),
        (
            "now - last_purchase > 3 * customer.rhythm",
            "now - last_purchase is 50 days, asked > 3 * customer.rhythm, which is 60 days",
        ),
        ("last_purchase > now", "last_purchase is 2025-12-14 02:40, asked > now, which is 2026-02-02 02:40"),
        ("item.price < 99.5", "item.price is 100, asked < 99.5"),
        ("true", "always"),
    ],
)
def test_the_fact_that_decided_is_said_in_words(text: str, words: str) -> None:
    assert compiled(text).because(Known(SHE)) == words


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1e308])
def test_no_number_is_too_odd_to_be_said(value: float) -> None:
    facts: dict[str, FactValue] = {"hour": value, "customer.rhythm": value, "now": value}
    for text in ("hour > 1", "customer.rhythm > 1 day", "now > last_purchase", "days_since(now) > 1"):
        assert compiled(text).because(Known(facts))


def test_the_longest_length_of_time_that_is_no_mistake_can_be_asked() -> None:
    condition = compiled("9" * 308 + " seconds > customer.rhythm")
    assert condition.holds(Known(SHE)) is True
    assert condition.because(Known(SHE)).startswith("10000")


def test_long_words_are_cut() -> None:
    listed = ", ".join(f'"{letter * 20}"' for letter in "abcdefghijklmnopqrst")
    assert len(compiled(f"customer.language in ({listed})").because(Known(SHE))) == 300


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "customer.oders > 2",
            "line 1, column 1: unknown fact: found 'customer.oders'; did you mean customer.orders?",
        ),
        ("orders > 2", "did you mean customer.orders?"),
        ("hour > 2 and\n  last_purchas > now", "line 2, column 3: unknown fact"),
        ("xyzzy > 2", "'rapport playbook facts' lists them"),
        ('own("R") == true', 'did you mean owns("ITEM")?'),
        ("owns", 'write owns("ITEM")'),
        ("owns(3)", "owns takes one text in quotes"),
        ('owns("")', "owns takes one text in quotes"),
        ('owns("a", "b")', "found '2 values'"),
        (
            'hour > 1 and bought_category("*")',
            "line 1, column 14: bought_category takes one category, not all of them: expected bought_category(",
        ),
        (
            'bought_category("*")',
            'found bought_category("*"); whether anything was ever bought is customer.items > 0',
        ),
        ('not owns_category(" * ")', "column 5: owns_category takes one category, not all of them"),
        (
            'hour > 1 and owns_category("Rings//Gold")',
            "line 1, column 28: this is no category: expected owns_category(",
        ),
        ('bought_category("Rings/")', 'found "Rings/"; write its levels with one slash between two of them'),
        ('bought_category("/Rings")', "this is no category"),
        ('owns_category(" ")', "this is no category"),
        ('customer.orders("x") > 1', "customer.orders takes nothing in parentheses"),
        ("days_since > 3", "days_since takes a time; write days_since(last_purchase)"),
        ("days_since(hour) > 3", "days_since takes a time: found hour (a number)"),
        ("days_since(now, now) > 3", "days_since takes one time: found 2 values"),
        ("days_since(last_purchase) > 45 days", "days_since is a plain number: leave out days"),
        ("customer.rhythm > 45", "give the number its unit: 45 days"),
        ("last_purchase > 45", "write days_since(last_purchase)"),
        ("customer.language == 3", 'write the text in quotes: "3"'),
        ('customer.language > "a"', "a text has no order: expected == or !=, found >"),
        ("customer.new > true", "true or false has no order"),
        ("customer.orders", "a condition takes what is true or false: found customer.orders (a number)"),
        ("hour and customer.new", "and takes what is true or false: found hour (a number)"),
        ("not hour", "not takes what is true or false"),
        ("now + now > now", "+ does not go with these"),
        ("-now > now", "only a number or a length of time has a minus"),
        ("now in (3)", "only a number, a length of time or a text can be looked up in a list"),
        (
            'today.month in (1, "x")',
            'column 20: the list holds what today.month can be: expected a number, found "x"',
        ),
        (
            "days_since(last_purchase) > 2026-01-01",
            "line 1, column 29: a condition holds no date: expected a number of days, a month or a length of time, found",
        ),
        (
            "last_purchase < 2026-01-01",
            "found 2026-01-01; write days_since(last_purchase) > 45 or today.month == 12, or from and until of the action",
        ),
        ("hour > 1999-2-30", "column 8: a condition holds no date"),
        ("now > 2026-12-24T08:00", "found 2026-12-24; write days_since"),
        ("now > 24.12.2026", "a condition holds no date"),
        ("now >= '2026-12-24'", "column 8: a condition holds no date: expected a number of days, a month"),
        ("007 > hour", "line 1, column 1: there are zeros before the number: expected '7', found '007'"),
        ("hour in (1, 08)", "column 13: there are zeros before the number"),
        ("now - last_seen > 00.5 days", "expected '0.5', found '00.5'; leave them out"),
        ("0" * 400 + " < hour", "there are zeros before the number: expected '0', found '000"),
        (
            '"customer.orders" >= 1',
            '"customer.orders" (a text) >= 1 (a number); leave out the quotes around the fact customer.orders',
        ),
        ('1 <= "customer.orders"', "leave out the quotes around the fact customer.orders"),
        ('now - "last_purchase" > 1 day', "leave out the quotes around the fact last_purchase"),
        ('days_since("last_purchase") > 1', "leave out the quotes around the fact last_purchase"),
        ('hour > 1 and "customer.new"', "leave out the quotes around the fact customer.new"),
        ('hour in (1, "today.day")', "leave out the quotes around the fact today.day"),
        ('"owns" >= 1', 'write the text in quotes: "1"'),
        (
            "item.price => 5",
            "line 1, column 12: '=>' does not fit here: expected ==, !=, <, <=, > or >=; write >=",
        ),
        ("hour > 1 and\n item.price =< 5", "line 2, column 13: '=<' does not fit here"),
        ("item.price =< 5", "write <="),
        ("item.price <> 5", "line 1, column 12: '<>' does not fit here"),
        ("item.price <> 5", "write !="),
        ("item.price === 5", "write =="),
        ("item.price !== 5", "write !="),
        (
            "item.price >= 99,50",
            "line 1, column 15: this is no number: expected a decimal point and no other mark, found '99,50'; write 99.50",
        ),
        ("item.price >= 1.234,50 and hour > 1", "found '1.234,50'; write 1234.50"),
        ("item.price >= 1.234.567", "write 1234567"),
        ("hour > 1, 2", "',' does not fit here: expected the end"),
        (
            "last_purchase > 45 days",
            "last_purchase (a time) > 45 days (a length of time); write now - last_purchase > 45 days",
        ),
        ("45 days < last_seen + 1 day", "write 45 days < now - (last_seen + 1 day)"),
        ("appointments.next < 2 days", "write appointments.next - now < 2 days"),
        ("appointments.next < 2", "write days_until(appointments.next)"),
        ("now > 45 days", "say since when: now - last_purchase"),
        ("hour = 3", "line 1, column 6: '=' does not fit here"),
        ("hour = 3", "write == to compare"),
        ("customer.new && customer.new", "write and"),
        ("customer.new OR customer.new", "write or"),
        (
            "customer.orders > 1 AND complaints.open == 0",
            "line 1, column 21: 'AND' does not fit here: expected and, or or the end; write and",
        ),
        ("hour > 1\nOR hour < 3", "line 2, column 1: 'OR' does not fit here"),
        ("hour > 1 or hour < 3 And customer.new", "column 22: 'And' does not fit here"),
        (
            "hour > 1 && hour < 3",
            "'&' does not fit here: expected a comparison, ), a comma, and or or; write and",
        ),
        ("hour > 1 || hour < 3", "write or"),
        (
            "hour + 1 NOT IN (1)",
            "'NOT' does not fit here: expected a comparison, and, or, in or the end; write not",
        ),
        ("hour > 1 and NOT customer.new", "column 14: 'NOT' does not fit here"),
        ("NOT(customer.new)", "write not"),
        ("hour IN (1, 2)", "write in"),
        ("customer.new == True", "'True' does not fit here: expected a number, a text in"),
        ("customer.new == True", "write true"),
        (
            "now - last_seen > 45 DAYS",
            "unknown unit: expected seconds, minutes, hours, days, weeks, found 'DAYS'",
        ),
        ("now - last_seen > 45 DAYS", "did you mean days?"),
        ("1 < hour < 3", "compare two values at a time: a <= b and b < c"),
        ("hour > 45 monhts", "months and years differ in length: write days"),
        ("now - last_seen > 45 dais", "did you mean days?"),
        ("hour >", "line 1, column 7: the condition ends too early"),
        ("(hour > 1", "the condition ends too early: expected"),
        ("hour > 'x", "close the text with the same quote, on the same line"),
        ("hour > 1 @", "'@' does not fit here"),
        ("  ", "the condition is empty"),
        ("__import__('os').system('x')", "does not fit here"),
        ("hour > " + "9" * 400, "the number is too large"),
        ("now - last_seen >\n " + "9" * 308 + " weeks", "line 2, column 2: the number is too large"),
        ("9" * 308 + " minutes < customer.rhythm", "line 1, column 1: the number is too large: found '999"),
        ("hour > " + "9" * 400 + " fortnights", "unknown unit"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_way_out(text: str, said: str) -> None:
    assert said in problem_of(text)


@pytest.mark.parametrize("name", [fact.form for fact in FACTS.values() if fact.is_about_item])
def test_facts_of_an_item_are_only_asked_where_there_is_one(name: str) -> None:
    text = f"{name} == {name}"
    assert compile_condition(text, about_item=True).text == text
    assert "only known where an action is about an item" in problem_of(f"not ({text})", about_item=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("true and " * 300 + "true", "the condition is too long: expected at most 2,000 characters"),
        ("(" * 999 + "true" + ")" * 997, "ends too early"),
        ("not " * 400 + "true", "nested too deeply"),
        ("-" * 1990 + "1 > 1", "nested too deeply"),
        ("1" + "+1" * 900 + " > 1", "nested too deeply"),
        ("hour in (" + "1," * 201 + ")", "too many values: expected at most 200, found 201"),
        ("true or " * 240 + "true", "too many values"),
    ],
)
def test_hostile_texts_are_refused_and_nothing_overflows(text: str, said: str) -> None:
    assert said in problem_of(text)


def test_parentheses_cost_nothing() -> None:
    assert compiled("(" * 990 + "true" + ")" * 990).holds(Known({})) is True


def test_every_fact_can_be_asked_and_its_type_is_checked() -> None:
    alike = {
        ValueType.NUMBER: "3",
        ValueType.DURATION: "3 days",
        ValueType.TIME: "now",
        ValueType.TEXT: '"x"',
        ValueType.TRUTH: "true",
    }
    for fact in FACTS.values():
        for kind, value in alike.items():
            text = f"{fact.form} == {value}"
            if fact.type is kind:
                assert compiled(text).holds(Known({})) is False
            else:
                assert "only alike things can be compared" in problem_of(text)


def test_conditions_written_alike_are_equal() -> None:
    assert compiled("hour > 1") == compiled("hour > 1") != compiled("hour > 2")
