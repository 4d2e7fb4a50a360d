import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from recommender.candidates.picking import pick_best

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


def test_a_rising_score_over_many_blocks_is_picked_from_the_end() -> None:
    score = np.arange(1000, dtype=np.float32)
    number = np.arange(1000, dtype=np.uint32)
    assert pick_best(score, np.zeros(1000, np.uint8), number, 3).tolist() == [999, 998, 997]
