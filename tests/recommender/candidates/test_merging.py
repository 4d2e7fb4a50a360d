from recommender.candidates import ActionKind
from recommender.candidates.merging import Candidate, merge_kinds
from recommender.types import ItemNumber


def offer(item: int, probability: float) -> Candidate:
    return Candidate(ActionKind.PRODUCT_OFFER, ItemNumber(item), probability, 0)


def refill(item: int, probability: float) -> Candidate:
    return Candidate(ActionKind.BUY_AGAIN, ItemNumber(item), probability, 0)


def test_equal_probabilities_of_two_kinds_come_in_the_order_of_their_numbers() -> None:
    offers, refills = [offer(5, 0.5), offer(1, 0.5)], [refill(3, 0.5), refill(9, 0.5)]
    expected = [refills[0], offers[0], offers[1], refills[1]]
    assert merge_kinds(offers, refills, 10) == expected
    assert merge_kinds(refills, offers, 10) == expected


def test_no_more_than_k_are_merged_and_empty_lists_merge() -> None:
    offers = [offer(5, 0.5), offer(1, 0.4)]
    assert merge_kinds(offers, [], 1) == offers[:1]
    assert merge_kinds([], offers, 10) == offers
    assert merge_kinds(offers, offers, 0) == []
    assert merge_kinds([], [], 10) == []
