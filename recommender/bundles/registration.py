"""What a model registry keeps of a bundle: the names that training writes and serving follows."""

MODEL_NAME = "rapport"
"""Name of the registered model."""

CHAMPION = "champion"
"""Alias of the version that serves."""

BUNDLE_TAG = "rapport.bundle"
"""Version tag: digest of the bundle."""


def bundle_uri(source: str, digest: str) -> str:
    """Return where the files of a bundle are below the source of its version.

    Examples
    --------
    >>> bundle_uri("file:///models/m-1", "0a1b")
    'file:///models/m-1/artifacts/0a1b'
    """
    return f"{source}/artifacts/{digest}"
