"""What a mail program posts to unsubscribe with one click (RFC 8058); the links are made and read in :mod:`recommender.contacts.unsubscribing`."""

from email.parser import BytesParser
from typing import Final
from urllib.parse import parse_qs

from recommender.errors import InvalidRequestError

FIELD: Final = "List-Unsubscribe"
ONE_CLICK: Final = "One-Click"
MAX_BODY_BYTES: Final = 10_000


def check_one_click(content_type: str, body: bytes) -> None:
    """Refuse what is not the post of a mail program, or of the page behind the link.

    Parameters
    ----------
    content_type
        ``multipart/form-data`` or ``application/x-www-form-urlencoded``, as RFC 8058 has it.

    Raises
    ------
    InvalidRequestError
        The body does not say ``List-Unsubscribe=One-Click``.

    Examples
    --------
    >>> check_one_click("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
    """
    is_multipart = content_type.lower().startswith("multipart/form-data")
    said = _of_parts(content_type, body) if is_multipart else _of_form(body)
    if said != ONE_CLICK:
        raise InvalidRequestError(
            "the body does not unsubscribe",
            expected=f"{FIELD}={ONE_CLICK}",
            found="nothing" if said is None else said[:80],
            remedy="post a form with this field (RFC 8058)",
        )


def _of_form(body: bytes) -> str | None:
    try:
        fields = parse_qs(body.decode("ascii").strip(), max_num_fields=16)
    except ValueError:
        return None
    return fields.get(FIELD, [None])[0]


def _of_parts(content_type: str, body: bytes) -> str | None:
    header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    for part in BytesParser().parsebytes(header + body).walk():
        if part.get_param("name", header="content-disposition") == FIELD:
            return str(part.get_payload()).strip()
    return None
