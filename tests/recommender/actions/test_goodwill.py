"""What staff granted, and what the budget of one customer leaves of it."""

from dataclasses import replace

import msgspec
import pytest

from recommender.actions import CustomerSituation, Moment, proposals_in
from recommender.actions.goodwill import goodwill_for
from recommender.actions.money import money
from recommender.customers.dealings import Complaint, Contact, Dealings, Given, StaffOverride
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Goodwill
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    UTC_ZONE,
    Customer,
    action_of,
    number,
    repertoire_for,
)

SORRY = action_of(ActionKind.APOLOGY, goodwill=Goodwill(20.0, per_customer=30.0, total=100.0))
GRANT = StaffOverride(
    kind="goodwill",
    author="anna",
    reason="broken leg",
    at_s=NOW_S - DAY,
    expires_s=NOW_S + DAY,
    action=None,
    number=None,
    amount=25.0,
    currency="EUR",
    event_id="o1",
)


def grant(**changes: object) -> StaffOverride:
    fields = {name: getattr(GRANT, name) for name in GRANT.__struct_fields__}
    return StaffOverride(**{**fields, **changes})


def sent(amount: float, days: float) -> Contact:
    return Contact(
        "email", "apology", None, "sent", NOW_S - round(days * DAY), None, "d", "r", False, amount, "EUR"
    )


def offered(
    *overrides: StaffOverride,
    action: Action = SORRY,
    about: int | None = None,
    contacts: tuple[Contact, ...] = (),
    given: tuple[Given, ...] = (),
) -> float:
    dealings = Dealings(overrides=overrides, contacts=contacts, given=given)
    state = replace(Customer().state(), dealings=dealings)
    situation = CustomerSituation(repertoire_for(action), state, Moment(NOW_S, UTC_ZONE))
    return goodwill_for(action, situation, about)


def test_apologies_of_one_decision_share_the_budget_of_their_customer() -> None:
    complaints = tuple(
        Complaint(f"k{days}", NOW_S - days * DAY, None, None, None, "normal") for days in (3, 2, 1)
    )
    state = replace(Customer().state(), dealings=Dealings(complaints=complaints))
    situation = CustomerSituation(repertoire_for(SORRY), state, Moment(NOW_S, UTC_ZONE))
    amounts = {one.subject: one.amount for one in proposals_in(situation)}
    assert amounts == {"k1": 20.0, "k2": 10.0, "k3": 0.0}


def test_what_a_mail_said_in_its_second_line_counts_too() -> None:
    mail = Contact("email", "thanks", None, "sent", NOW_S - DAY, None, "d", "r", False, 18.0, "EUR", (("apology", None, ""),))  # fmt: skip
    assert offered(contacts=(mail,)) == 12.0


def test_without_a_grant_the_playbook_gives() -> None:
    assert offered() == 20.0
    assert offered(action=replace(SORRY, goodwill=None)) == 0.0


def test_what_staff_granted_takes_the_place_of_the_playbooks_amount_within_the_budget() -> None:
    assert offered(grant()) == 25.0
    assert offered(grant(amount=5.0)) == 5.0
    assert offered(grant(amount=50.0)) == 30.0
    assert offered(grant(), contacts=(sent(18.0, days=3),)) == 12.0
    assert offered(grant(), contacts=(sent(18.0, days=3), sent(12.0, days=2))) == 0.0
    assert offered(grant(amount=50.0), action=replace(SORRY, goodwill=None)) == 50.0


def test_a_grant_holds_while_it_lasts_for_what_it_names_and_in_its_currency() -> None:
    assert offered(grant(expires_s=NOW_S)) == 20.0
    assert offered(grant(at_s=NOW_S + 1)) == 20.0
    assert offered(grant(expires_s=None)) == 25.0
    assert offered(grant(action="apology")) == 25.0
    assert offered(grant(action="another")) == 20.0
    assert offered(grant(number=number("RING")), about=number("RING")) == 25.0
    assert offered(grant(number=number("RING"))) == 20.0
    assert offered(grant(currency="USD")) == 20.0
    assert offered(grant(currency=None)) == 25.0
    assert offered(grant(kind="boost")) == 20.0


def test_the_newest_grant_holds() -> None:
    assert offered(grant(amount=5.0, at_s=NOW_S - 9), grant(amount=7.0, at_s=NOW_S - 3)) == 7.0


def test_of_two_grants_of_one_second_the_later_holds() -> None:
    first, second = (grant(amount=5.0, action="apology", event_id="z"), grant(amount=7.0, event_id="a"))
    assert offered(first, second) == 7.0
    assert offered(second, first) == 5.0


@pytest.mark.parametrize(
    ("amount", "per_customer"),
    [(3.3, 9.9), (1.1, 7.7), (2.2, 15.4), (4.35, 13.05), (13.3, 106.4), (0.1, 0.3)],
)
def test_a_budget_that_is_used_up_leaves_nothing_not_even_a_crumb(amount: float, per_customer: float) -> None:
    sliced = replace(SORRY, goodwill=Goodwill(amount, per_customer=per_customer, total=1000.0))
    times = round(per_customer / amount)
    gone = tuple(accepted(amount, days=1, rank=rank) for rank in range(times))
    assert offered(action=sliced, given=gone) == 0.0
    assert offered(action=sliced, given=gone[1:]) == amount


@pytest.mark.parametrize(("granted", "amount"), [(1e-7, 0.0), (0.009, 0.0), (0.01, 0.01)])
def test_less_than_can_be_said_is_not_offered(granted: float, amount: float) -> None:
    assert offered(grant(amount=granted)) == amount
    assert offered(grant(amount=granted), action=action_of(ActionKind.APOLOGY)) == amount
    assert offered(contacts=(sent(30.0 - granted, 1),)) == amount


@pytest.mark.parametrize(
    ("granted", "per_customer", "amount"),
    [
        (None, 3.337, 3.33),  # a rest
        (None, 3.335, 3.33),
        (3.337, 30.0, 3.33),
        (2.3, 30.0, 2.3),
        (0.29, 30.0, 0.29),
        (19.999999, 30.0, 19.99),
        (1e9, 1e9, 1e9),
    ],
)
def test_what_is_offered_is_what_two_decimals_say_and_no_more(
    granted: float | None, per_customer: float, amount: float
) -> None:
    action = replace(SORRY, goodwill=Goodwill(20.0, per_customer=per_customer, total=1e9))
    overrides = () if granted is None else (grant(amount=granted),)
    found = offered(*overrides, action=action)
    assert found == amount
    assert money(found, None) == f"{amount:.2f}"


def test_what_was_given_before_the_window_of_the_budget_is_forgotten() -> None:
    sliding = replace(SORRY, goodwill=Goodwill(20.0, per_customer=30.0, total=100.0, per_s=10 * DAY))
    assert offered(action=sliding, contacts=(sent(30.0, days=11),)) == 20.0
    assert offered(action=sliding, contacts=(sent(30.0, days=9),)) == 0.0
    assert offered(contacts=(sent(30.0, days=900),)) == 0.0


def accepted(amount: float, days: float, **changes: object) -> Given:
    known = Given("apology", amount, "EUR", NOW_S - round(days * DAY), "inbound", 1)
    return msgspec.structs.replace(known, **changes)


def test_what_was_accepted_on_the_site_leaves_the_rest_of_the_budget() -> None:
    assert offered(given=(accepted(18.0, days=1),)) == 12.0
    assert offered(given=(accepted(18.0, days=2), accepted(12.0, days=1, rank=2))) == 0.0
    assert offered(given=(accepted(18.0, days=1, action=None, currency=None),)) == 12.0
    assert offered(given=(accepted(18.0, days=1, action="another"),)) == 20.0
    assert offered(given=(accepted(18.0, days=1, currency="USD"),)) == 20.0
    assert offered(given=(accepted(18.0, days=-1),)) == 20.0


def test_what_a_contact_offered_and_the_customer_accepted_is_one_sum() -> None:
    mail = sent(18.0, days=2)
    assert offered(contacts=(mail,), given=(accepted(18.0, days=1, decision_id="d"),)) == 12.0
    freed = msgspec.structs.replace(mail, status="released")
    assert offered(contacts=(freed,), given=(accepted(18.0, days=1, decision_id="d"),)) == 12.0


def test_what_was_accepted_before_the_window_is_forgotten() -> None:
    sliding = replace(SORRY, goodwill=Goodwill(20.0, per_customer=30.0, total=100.0, per_s=10 * DAY))
    assert offered(action=sliding, given=(accepted(30.0, days=11),)) == 20.0
    assert offered(action=sliding, given=(accepted(30.0, days=9),)) == 0.0
