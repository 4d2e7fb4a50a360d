"""The version of the API, which is the version of the distribution."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("rapport")
    except PackageNotFoundError:  # run from a checkout
        return "0"


VERSION = _installed()
