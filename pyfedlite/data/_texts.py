"""What a text in a table looks like, and what to say of it in a message."""

import math
import re

_SHOWN = 40  # letters of a value in a message
IDENTIFIER = re.compile(r"0\d+|\d{16,}")
_GROUPS = frozenset(
    "hospital site branch client group centre center clinic institution practice bank school "
    "device user writer owner".split()
)
_UNITS = (
    "y|yr|yrs|d|h|hr|hrs|min|s|sec|ms|us|ns|kg|g|mg|ug|µg|μg|ng|lb|lbs|oz|m|mm|cm|km|ft|in|l|L|ml|mL|dl|"
    "dL|mmHg|bpm|Hz|kHz|MHz|GHz|kB|KB|MB|GB|TB|k|K|M|V|mV|W|kW|kWh|°C|°F|USD|EUR|GBP|CHF|JPY"
)
_AMOUNT = r"\d+(?:[.,]\d+)*|\d{1,3}(?:[ '’_]\d{3})+(?:[.,]\d+)?"  # 5  0,5  1.000,5  1 000  1'000
_LIKE_A_NUMBER = re.compile(
    r"[+-]?\d+(?:[.,]\d+)+"  # 0,5  1,000  1.000,5  2.3.2024
    rf"|[+−-]?(?:{_AMOUNT})\s*(?:%|{_UNITS})"  # 5 %  63y  10 ms
    rf"|[+−-]?[$€£¥]\s*[+−-]?(?:{_AMOUNT})|[+−-]?(?:{_AMOUNT})\s*[$€£¥]"  # $5  1,000 €
    rf"|−(?:{_AMOUNT})|\((?:{_AMOUNT})\)|'[+-]?(?:{_AMOUNT})"  # −5  (5)  '5
    r"|[+-]?\d{1,3}(?:[ '’_]\d{3})+(?:[.,]\d+)?"  # 1 000  1'000  1_000
    r"|[+-]?\d+(?:[.,]\d+)?\s+[^\W\d_]+"  # 63 years
    r"|0[xX][0-9a-fA-F]+"
    r"|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}(?:[ T].*)?"  # 2024-03-02 10:15
    r"|\d{1,2}[ -][A-Z][a-z]{2,8}\.?[ -]\d{2,4}|[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}"  # 2 Mar 2024
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[AaPp][Mm])?"  # 10:15
)


def is_number(text: str) -> bool:
    """Return whether a text is a number as Python writes it; 1_000 is not.

    Examples
    --------
    >>> is_number("-1.5e3"), is_number("0,5"), is_number("1_000")
    (True, False, False)
    """
    try:
        value = float(text)
    except ValueError:
        return False
    return "_" not in text and not math.isnan(value)


def looks_like_a_number(text: str) -> bool:
    """Return whether a text is a number in another writing, or with a unit, or a date or a time.

    A unit may follow without a space if it is a common one: ``2D`` and ``1st`` are names.

    Examples
    --------
    >>> [looks_like_a_number(text) for text in ("0,5", "63 y", "$5", "1 000", "2.3.2024", "9:15")]
    [True, True, True, True, True, True]
    >>> [looks_like_a_number(text) for text in (">=30", "30-39", "2D", "1st", "A1", "4x4")]
    [False, False, False, False, False, False]
    """
    return len(text) <= _SHOWN and _LIKE_A_NUMBER.fullmatch(text) is not None


def looks_like_a_group(name: str) -> bool:
    """Return whether the name of a column says whose the rows are.

    Examples
    --------
    >>> [looks_like_a_group(name) for name in ("Hospital", "site_id", "website", "age")]
    [True, True, False, False]
    """
    stem = re.sub(r"[\s_-]*(id|name|number|no|code)$", "", name.strip().casefold())
    return stem in _GROUPS


def number_text(value: float) -> str:
    """Return a number as it is most shortly written: 2, not 2.0.

    Examples
    --------
    >>> number_text(2.0), number_text(0.1)
    ('2', '0.1')
    """
    return str(int(value)) if math.isfinite(value) and value == int(value) else repr(float(value))


def same_value(text: str) -> str:
    """Return one text for all writings of a number or a truth value; other text is itself.

    Examples
    --------
    >>> [same_value(text) for text in ("1.0", "True", "false", "007", "red")]
    ['1', '1', '0', '007', 'red']
    """
    folded = text.casefold()
    if folded in ("true", "false"):
        return str(int(folded == "true"))
    is_name = IDENTIFIER.fullmatch(text.lstrip("+-")) is not None
    return number_text(float(text)) if is_number(text) and not is_name else text


def short(text: str) -> str:
    """Return a text as it is shown in a message."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def how_to_write(text: str) -> str:
    """Return how to write what looks like a number, or nothing."""
    return "write numbers as 1234.5, without units" if looks_like_a_number(text) else ""


def how_to_declare(name: str, text: str) -> str:
    """Return what can be done about a value that is no number, among numbers."""
    name, how = short(name), how_to_write(text)
    text = short(text)
    return (
        f"{how or 'correct it'}; or say that {text!r} is missing: missing_marks=[{text!r}] "
        f"(--missing-marks={text!r}); or that the column holds categories: "
        f"categorical=[{name!r}] (--categorical {name!r})"
    )


def how_to_leave_out(name: str) -> str:
    """Return what can be done about a column that is no feature."""
    name = short(name)
    hint = f"correct it, or leave the column out: drop=[{name!r}] (--drop {name!r})"
    if looks_like_a_group(name):
        hint += f"; or say that it is whose the rows are: group={name!r} (--group {name!r})"
    return hint
