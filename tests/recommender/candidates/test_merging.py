import numpy as np

from recommender.candidates.merging import merge_kinds


def merged(offers: list[tuple[int, float]], repeats: list[tuple[int, float]], k: int) -> list[int]:
    """Merge two lists of ``(number, probability)``."""
    columns = []
    for ranking in (offers, repeats):
        columns.append(np.array([probability for _, probability in ranking], np.float32))
        columns.append(np.array([number for number, _ in ranking], np.uint32))
    return [int(place) for place in merge_kinds(*columns, k)]


def test_the_more_probable_comes_first_whatever_its_kind() -> None:
    assert merged([(5, 0.7), (1, 0.2)], [(3, 0.5), (9, 0.1)], 10) == [0, -1, 1, -2]


def test_equal_probabilities_of_two_kinds_come_in_the_order_of_their_numbers() -> None:
    assert merged([(5, 0.5), (1, 0.5)], [(3, 0.5), (9, 0.5)], 10) == [-1, 0, 1, -2]
    assert merged([(3, 0.5), (9, 0.5)], [(5, 0.5), (1, 0.5)], 10) == [0, -1, -2, 1]


def test_no_more_than_k_are_merged_and_empty_lists_merge() -> None:
    offers = [(5, 0.5), (1, 0.4)]
    assert merged(offers, [], 1) == [0]
    assert merged([], offers, 10) == [-1, -2]
    assert merged(offers, offers, 0) == []
    assert merged([], [], 10) == []
