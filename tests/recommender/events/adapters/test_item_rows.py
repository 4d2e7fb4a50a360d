from typing import Any, TypeAlias

import pytest

from recommender.errors import InvalidSourceError
from recommender.events.adapters.columns import parse_mapping

Load: TypeAlias = Any  # the fixture of conftest.py

HEAD = "customer_id,item_id,occurred_at,item_name,category\n"


def test_the_most_frequent_name_and_category_win(load: Load) -> None:
    rows = ["Red mug,Home > Kitchen", "Red mug,Home > Kitchen", "Red cup,Home", ",", "Mug, red,Home"][:4]
    source = load(HEAD + "".join(f"ann,mug,2024-01-01,{row}\n" for row in rows))
    assert source.items.rows() == [("mug", "Red mug", ["Home", "Kitchen"], True)]


def test_without_names_and_categories_there_are_no_items(load: Load) -> None:
    assert load("customer_id,item_id,occurred_at\nann,mug,2024-01-01\n").items is None


@pytest.mark.parametrize("text", ["item_id", "item_id=", "=sku", "price=p", "item_id=a,item_id=b"])
def test_a_mapping_that_cannot_be_understood_is_refused(text: str) -> None:
    with pytest.raises(InvalidSourceError, match="--columns"):
        parse_mapping(text)


def test_an_empty_mapping_maps_nothing() -> None:
    assert parse_mapping("") == {}
