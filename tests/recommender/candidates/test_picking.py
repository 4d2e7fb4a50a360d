import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recommender.candidates.picking import best_first, descending, pick_best

scores = hnp.arrays(
    np.float32,
    st.integers(0, 400),
    elements=st.sampled_from([0.0, 0.25, 0.5, 0.5, 1.0, -1.0, np.nan, np.inf, -np.inf])
    | st.floats(0, 1, width=32),
)


@given(scores, st.integers(0, 120), st.integers(0, 2**32 - 1))
def test_the_picked_are_the_first_of_a_full_sort(
    score: "np.ndarray[tuple[int], np.dtype[np.float32]]", k: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    number = rng.permutation(len(score)).astype(np.uint32)
    code = (rng.random(len(score)) < 0.2).astype(np.uint8)
    allowed = [i for i in range(len(score)) if code[i] == 0 and np.isfinite(score[i])]
    expected = sorted(allowed, key=lambda i: (-score[i], number[i]))[:k]
    assert pick_best(score, code, number, k).tolist() == expected


finite = st.sampled_from([0.0, -0.0, 0.5, -0.5, 1.0]) | st.floats(-1e6, 1e6, width=32)


@given(st.lists(finite, max_size=400), st.integers(0, 2**32 - 1))
def test_few_and_many_are_put_in_the_same_order(scores: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = (2**32 - 1 - rng.permutation(len(scores))).astype(np.uint32)
    expected = sorted(range(len(scores)), key=lambda i: (-scores[i], number[i]))
    assert descending(np.array(scores, np.float32), number).tolist() == expected
    in_turn = sorted(range(len(scores)), key=lambda i: -scores[i])
    assert best_first(np.array(scores, np.float64)).tolist() == in_turn


def test_what_is_beyond_the_few_is_sorted_alike() -> None:
    rng = np.random.default_rng(5)
    scores = rng.integers(-3, 3, 700).astype(np.float32) / 2
    number = rng.permutation(700).astype(np.uint32)
    expected = sorted(range(700), key=lambda i: (-scores[i], number[i]))
    assert descending(scores, number).tolist() == expected
    in_turn = sorted(range(700), key=lambda i: -scores[i])
    assert best_first(scores.astype(np.float64)).tolist() == in_turn


def test_a_rising_score_over_many_blocks_is_picked_from_the_end() -> None:
    score = np.arange(1000, dtype=np.float32)
    number = np.arange(1000, dtype=np.uint32)
    assert pick_best(score, np.zeros(1000, np.uint8), number, 3).tolist() == [999, 998, 997]
