"""Numbers as people type them: comma decimals, thousands in groups, the digits of other scripts."""

import re

import numpy as np

#: Digits in groups of three with one separator, e.g. 1,500 or 1 250 000,5.
_GROUPED = re.compile(r"([+-]?)(\d{1,3}(?:([ ,.'])\d{3})(?:\3\d{3})*)(?:[.,](\d+))?", re.ASCII)
_UNGROUPED = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)", re.ASCII)

#: Digits of Arabic and Persian, and typographic variants of the signs people use in numbers.
_VARIANTS = str.maketrans(
    {
        **{chr(start + digit): str(digit) for start in (0x0660, 0x06F0) for digit in range(10)},
        "\u2212": "-",
        "\u2013": "-",
        "\u2010": "-",
        "\u2011": "-",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2019": "'",
        "\u00ba": "\u00b0",
        "\u066b": ".",
    }
)


def plain_digits(text: str) -> str:
    """
    Write the digits and signs of a number as machines do.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str

    Examples
    --------
    >>> plain_digits("\N{ARABIC-INDIC DIGIT FOUR}\N{ARABIC-INDIC DIGIT TWO}")
    '42'
    """
    return text.translate(_VARIANTS)


def read_number(text: object) -> float:
    """
    Read one number with a decimal point or comma, or with thousands in groups.

    A lone comma or point before exactly three digits is read as thousands where a group is possible: ``1,500`` is one
    thousand five hundred, ``1500,5`` and ``2,5`` have decimals. Use it for metres and counts, not for degrees.

    Parameters
    ----------
    text : object
        A number as typed.

    Returns
    -------
    float
        NaN where the text is missing or is no number.

    Examples
    --------
    >>> [read_number(text) for text in ("1,500", "2,5", "412 345.6", "0.250", "12 m")]
    [1500.0, 2.5, 412345.6, 0.25, nan]
    """
    if isinstance(text, (int, float, np.integer, np.floating)) and not isinstance(text, bool):
        return float(text) if np.isfinite(text) else np.nan
    if not isinstance(text, str):
        return np.nan
    plain = plain_digits(text.strip())
    grouped = _GROUPED.fullmatch(plain)
    # A lone point before three digits is a decimal point: machines write 12.345, and nobody groups with one point only.
    if grouped and not (grouped[3] == "." and plain.count(".") == 1) and not grouped[2].startswith("0"):
        whole = grouped[2].replace(grouped[3], "")
        return float(f"{grouped[1]}{whole}.{grouped[4] or 0}")
    if _UNGROUPED.fullmatch(plain):
        return float(plain.replace(",", "."))
    return np.nan
