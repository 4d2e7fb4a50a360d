"""Amounts in words."""


def money(amount: float, currency: str | None) -> str:
    """Return an amount as a customer reads it.

    Examples
    --------
    >>> money(15.0, "EUR"), money(7.5, None)
    ('15.00 EUR', '7.50')
    """
    return f"{amount:.2f}" if currency is None else f"{amount:.2f} {currency}"
