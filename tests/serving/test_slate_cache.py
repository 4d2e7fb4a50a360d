from hypothesis import given
from hypothesis import strategies as st

from serving.slate_cache import MAX_AGE_SECONDS, SlateCache, expiry_s


def test_the_least_recently_used_slate_leaves_first() -> None:
    cache = SlateCache(max_entries=2)
    for key in "ab":
        cache.put(key, key.encode(), expires_at_s=10)
    assert cache.get("a", 1) == b"a"
    cache.put("c", b"c", expires_at_s=10)
    assert [cache.get(key, 1) for key in "abc"] == [b"a", None, b"c"]


def test_slates_are_bounded_in_bytes_too() -> None:
    cache = SlateCache(max_entries=100, max_bytes=10)
    for key in range(5):
        cache.put(key, b"1234", expires_at_s=10)
    assert [cache.get(key, 1) for key in range(5)] == [None, None, None, b"1234", b"1234"]
    cache.put("large", b"x" * 11, expires_at_s=10)
    assert cache.get("large", 1) is None
    cache.put("small", b"x", expires_at_s=10)
    assert cache.get("small", 1) == b"x"


def test_a_slate_put_again_replaces_the_one_before() -> None:
    cache = SlateCache(max_bytes=8)
    for _ in range(10):
        cache.put("a", b"1234", expires_at_s=10)
    cache.put("b", b"1234", expires_at_s=10)
    assert cache.get("a", 1) == b"1234"


@given(st.lists(st.integers(0, 1000), unique=True).map(sorted), st.integers(0, 1000))
def test_a_slate_never_outlives_the_next_boundary_nor_its_greatest_age(
    moments: list[int], now_s: int
) -> None:
    end = expiry_s(moments, now_s)
    assert now_s < end <= now_s + MAX_AGE_SECONDS
    assert not any(now_s < moment < end for moment in moments)
