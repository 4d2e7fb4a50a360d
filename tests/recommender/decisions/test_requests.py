import pytest

from recommender.decisions import ActionKind, DecisionRequest, parse_kinds
from recommender.errors import InvalidRequestError


@pytest.mark.parametrize("text", ["", ",", "product_offer,", "offer", "buy_again,buy_again", "do_nothing"])
def test_a_list_of_kinds_that_cannot_be_decided_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="product_offer, buy_again"):
        parse_kinds(text)


def test_a_list_of_kinds_is_read_in_its_order() -> None:
    assert parse_kinds("buy_again") == (ActionKind.BUY_AGAIN,)
    assert parse_kinds("product_offer,buy_again") == DecisionRequest().kinds


def test_a_refusal_shows_a_long_word_shortened() -> None:
    with pytest.raises(InvalidRequestError) as refusal:
        parse_kinds("x" * 10_000)
    assert len(str(refusal.value)) < 400
