"""What one decision works out once for all of its actions says the same as asking each of them."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.actions.situation import CustomerSituation, Moment
from recommender.contacts import consent_for
from recommender.customers.dealings import Complaint, Consent, Outcome
from recommender.decisions.action_gates import Gates
from recommender.decisions.action_plan import ActionPlan
from recommender.decisions.holdouts import holdouts_of
from recommender.decisions.prepared import prepared
from recommender.decisions.seeds import is_held_out, salt_of
from recommender.decisions.trace import Gathered, ProductFate, Ranked, Timings, Trace
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cap, ContactPolicy, Cooldown
from tests.recommender.decisions.brand import CHANNELS, DAY, brand_of, met, override, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

SHOP = shop_of("ring", "vase", "milk", consumable=["milk"])
STATE = SHOP.customer(Bought("milk", days_ago=20, orders=3, first_days_ago=60))

_SHARES = st.one_of(
    st.sampled_from((1e-18, 0.1, 0.5, 1.0)), st.floats(0, 1, exclude_min=True, allow_subnormal=False)
)


@given(st.integers(0, 2**64 - 1), st.lists(st.tuples(st.text(max_size=8), _SHARES), max_size=70))
def test_all_holdouts_at_once_are_those_of_each_action(seed: int, shares: list[tuple[str, float]]) -> None:
    found = holdouts_of([(name, share, 1 << at) for at, (name, share) in enumerate(shares)]).closed(seed)
    for at, (name, share) in enumerate(shares):
        assert bool(found >> at & 1) == is_held_out(seed, salt_of(name), share)


def test_a_trace_is_gathered_once_and_only_when_it_is_read() -> None:
    times = []

    def gather() -> Gathered:
        times.append(1)
        return Gathered(fates=(ProductFate(7, 0, 128),))

    trace = Trace.later(gather, lambda: {("thanks", 0)}, 2, Timings())
    assert (trace.n_passed, trace.stops, times) == (2, {("thanks", 0)}, [])
    assert trace.fates == (ProductFate(7, 0, 128),)
    assert (trace.ranked, times) == (Ranked(), [1])
    assert trace == Trace(fates=(ProductFate(7, 0, 128),), n_passed=2)
    assert trace != Trace(n_passed=2)


# What lets an action pass comes often: else hardly any would pass all of it.
CONDITIONS = st.sampled_from((None, None, "customer.orders > 2", "customer.orders > 90"))
DAYS = st.sampled_from((None, None, None, -1, 1))
ACTIONS = st.builds(
    lambda kind, condition, days, more: Action(
        "",
        kind,
        audience=None if condition is None else when(condition),
        from_s=None if days is None else NOW_S + days * DAY,
        **more,
    ),
    st.sampled_from((ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN)),
    CONDITIONS,
    DAYS,
    st.fixed_dictionaries(
        {
            "channels": st.sampled_from((frozenset(), frozenset(), frozenset({"web"}), frozenset({"email"}))),
            "topic": st.sampled_from((None, "care")),
            "holdout": st.sampled_from((0.0, 0.0, 0.5)),
            "cooldown": st.sampled_from((Cooldown(dismissed_s=50 * DAY), Cooldown())),
        }
    ),
)
OUTCOMES = st.builds(
    Outcome,
    st.sampled_from(("a0", "a1", "a2")),
    st.sampled_from((None, None, 1)),
    st.just("dismissed"),
    st.integers(NOW_S - 60 * DAY, NOW_S),
    st.sampled_from(("", "", "unit")),
)
CONSENTS = st.builds(
    Consent,
    st.just("email"),
    st.sampled_from((None, "care")),
    st.sampled_from(("subscribed", "subscribed", "unsubscribed")),
    st.integers(1, 9),
    st.just("crm"),
    st.just("7"),
)
YES = Consent("email", None, "subscribed", 1, "crm", "1")
DEALINGS = st.builds(
    lambda outcomes, consents, is_open, said: {
        "outcomes": tuple(outcomes),
        "consents": (YES, *consents),
        "complaints": (Complaint("c", NOW_S - 9, None, None, None, "high"),) if is_open else (),
        "overrides": tuple(said),
    },
    st.lists(OUTCOMES, max_size=2),
    st.lists(CONSENTS, max_size=1),
    st.sampled_from((False, False, True)),
    st.sampled_from(
        ((), (), (), (override("suppress", action="a0"),), (override("boost", action="a1", amount=2.0),))
    ),
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(ACTIONS, max_size=4),
    DEALINGS,
    st.sampled_from(("email", "web", None)),
    st.sampled_from((ContactPolicy(), ContactPolicy(caps=(Cap(0, DAY, frozenset({"email"})),)))),
)
def test_the_actions_that_pass_together_are_those_that_pass_alone(
    actions: list[Action], dealings: dict[str, object], channel: str | None, policy: ContactPolicy
) -> None:
    named = [replace(action, id=f"a{at}") for at, action in enumerate(actions)]
    brand = brand_of(SHOP, *named, policy=policy)
    ready = prepared(brand.repertoire, brand.shop.assortment)
    zone = ZoneInfo("UTC")

    def gates() -> Gates:
        moment = Moment(NOW_S, zone, channel)
        situation = CustomerSituation(brand.repertoire, met(STATE, **dealings), moment)
        return Gates(ready, situation, CHANNELS.get(channel or ""), 7)

    together = gates().passing(sum(plan.bit for plan in ready.in_order))
    assert together == sum(plan.bit for plan in ready.in_order if _passes(plan, gates(), dealings))


def _passes(plan: ActionPlan, gates: Gates, dealings: dict[str, object]) -> bool:
    """Ask every gate about one action, in words of its own."""
    held = gates.word is not None and gates.word.stops(plan.action.id, None) is not None
    refused = (
        gates.channel is not None
        and not consent_for(gates.situation.dealings, gates.channel, plan.action.topic, gates.policy).ok
    )
    stopped = any(check(gates, None) is not None for check in plan.action_checks)
    return not (held or refused or stopped or dealings["complaints"] or gates.limits_stop(plan))
