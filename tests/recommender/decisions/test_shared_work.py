"""What one decision works out once for all of its actions says the same as asking each of them."""

from hypothesis import given
from hypothesis import strategies as st

from recommender.decisions.holdouts import holdouts_of
from recommender.decisions.seeds import is_held_out, salt_of
from recommender.decisions.trace import Gathered, Ranked, Timings, Trace

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
        return Gathered(fates=((7, 0, 128),))

    trace = Trace.later(gather, lambda: {("thanks", 0)}, 2, Timings())
    assert (trace.n_passed, trace.stops, times) == (2, {("thanks", 0)}, [])
    assert trace.fates == ((7, 0, 128),)
    assert (trace.ranked, times) == (Ranked(), [1])
    assert trace == Trace(fates=((7, 0, 128),), n_passed=2)
    assert trace != Trace(n_passed=2)
