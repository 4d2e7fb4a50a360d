"""Who is calling, once the key was verified."""

from dataclasses import dataclass

from recommender.storage.api_keys import KeyRecord


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified key: its prefix for the logs, its scopes, and where a browser may use it from."""

    key_prefix: str
    scopes: frozenset[str]
    origins: frozenset[str] = frozenset()
    signing_secret: bytes | None = None

    @property
    def is_widget_only(self) -> bool:
        """A public key: a customer's own answers need the shop's token."""
        return self.scopes == {"widget"}


EVERYONE = Caller("", frozenset({"widget", "server", "staff", "admin"}))
"""The caller of an installation whose operator switched keys off."""


def caller_of(record: KeyRecord) -> Caller:
    """Return the caller behind a stored key."""
    return Caller(record.prefix, frozenset(record.scopes), frozenset(record.origins), record.signing_secret)
