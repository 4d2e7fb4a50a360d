"""Errors that only exist because the request came over HTTP.

::

    RapportError
    └── HttpError
        ├── BrokenBodyError            the body is not JSON, not UTF-8, or nested too deeply
        ├── BodyTooLargeError          more than 1 MB
        ├── UnsupportedMediaTypeError  not application/json, or compressed
        ├── PathNotFoundError          no such path
        ├── MethodNotAllowedError      the path exists, the method does not
        ├── UnauthenticatedError       no key, an unknown key, a revoked key, a bad customer token
        └── ForbiddenError             the key is good but may not do this
"""

from recommender.errors import RapportError


class HttpError(RapportError):
    """Root of the errors of the transport."""


class BrokenBodyError(HttpError):
    """The body cannot be read as JSON; nothing was written."""


class BodyTooLargeError(HttpError):
    """The body is larger than the limit; nothing was written."""


class UnsupportedMediaTypeError(HttpError):
    """The body is not plain JSON; nothing was written."""


class PathNotFoundError(HttpError):
    """No such path."""


class MethodNotAllowedError(HttpError):
    """The path does not take this method; ``allowed`` lists those that it takes."""

    def __init__(self, method: str, allowed: tuple[str, ...]) -> None:
        self.allowed = allowed
        super().__init__(
            "this path does not take the method",
            expected=" or ".join(allowed),
            found=method,
            remedy="see /docs for the methods of each path",
        )


class UnauthenticatedError(HttpError):
    """The caller did not prove who they are."""


class ForbiddenError(HttpError):
    """The caller is known and may not do this."""
