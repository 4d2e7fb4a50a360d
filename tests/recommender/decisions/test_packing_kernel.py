import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.decisions.packing_kernel import packed_products
from recommender.decisions.trace import NEVER

DAY = 86_400
NUMBERS = st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 70_000), unique=True, max_size=40)


@given(NUMBERS, st.data())
def test_what_is_packed_is_read_again(numbers: list[int], data: st.DataObject) -> None:
    kept_out = data.draw(st.integers(0, len(numbers)))
    said = len(numbers) - kept_out
    offers = data.draw(st.integers(0, said))
    probability = np.linspace(1, 0.001, said, dtype=np.float32)
    code = data.draw(st.lists(st.integers(2, 5), min_size=kept_out, max_size=kept_out))
    ago = {number: data.draw(st.integers(-5, 200_000)) for number in numbers[::2]}
    now_s = 2**32 - 1
    held = sorted(ago)
    last_s = [min(max(now_s - ago[number] * DAY, 0), 2**32 - 1) for number in held]
    ranked = packed_products(
        (offers, said - offers),
        (np.array(numbers, np.int64), probability, np.array(code, np.int64)),
        (np.array(held, np.uint32), np.array(last_s, np.uint32)),
        now_s,
    )
    assert (ranked.offers, ranked.repeats, len(ranked)) == (offers, said - offers, len(numbers))
    assert ranked.numbers().tolist() == numbers
    assert np.all(ranked.probabilities() <= probability)
    assert np.all(probability - ranked.probabilities() < probability / 128)
    assert list(ranked.code) == code
    days = dict(zip(held, ((now_s - at_s) // DAY for at_s in last_s), strict=True))
    expected = [min(days[number], NEVER - 1) if number in days else NEVER for number in numbers[said:]]
    assert np.frombuffer(ranked.days, np.uint16).tolist() == expected


@given(st.floats(2**-126, 1, width=32))
def test_a_probability_is_rounded_down_by_less_than_a_128th_of_itself(probability: float) -> None:
    nothing, one = np.empty(0, np.uint32), np.array([probability], np.float32)
    products = np.array([1]), one, np.empty(0, np.int64)
    (kept,) = packed_products((1, 0), products, (nothing, nothing), 0).probabilities().tolist()
    assert kept <= probability < kept * (1 + 1 / 128)


@given(st.integers(0, 2**17))
def test_small_numbers_take_half_the_room(largest: int) -> None:
    nothing = np.empty(0, np.uint32)
    products = np.array([largest]), np.ones(1, np.float32), np.empty(0, np.int64)
    ranked = packed_products((1, 0), products, (nothing, nothing), 0)
    assert len(ranked.number) == (2 if largest < 2**16 else 4)
    assert ranked.numbers().tolist() == [largest]
