"""One spelling per value: what two records write differently and mean alike reads the same afterwards; junk reads as nothing.

Every function takes the text of a cell and returns what is compared, or None where the cell says nothing. They work on Chinese and Latin
text, know no country's rules in full, and only ever make values more alike; two values must agree before records are taken for one.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from kpicore.entities.words import CHINESE_LEGAL_FORMS, CHINESE_PROVINCES, LEGAL_FORMS, PUBLIC_MAIL, STREET_WORDS
from kpicore.model.expression import PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LEAST = 7
"""A phone number, tax id or date with fewer digits or letters tells nobody from anybody."""
_PHONE_DIGITS = 10
"""Digits at a phone number's end that are compared, so that country code and trunk zero do not matter."""
_SEQUENCES = "01234567890123456789", "98765432109876543210"
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NO_WORD = re.compile(r"[^\w]+|_+")
_EXTENSION = re.compile(r"(?:ext\.?|转|分机|x|#).*$")
_CITY = re.compile("^[\u4e00-\u9fff]{2,3}?(?:自治区|省|(?<![超城都门夜股集菜])市)")
_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")


def plain(text: str) -> str | None:
    """Return a text in lower case, half width, without accents and outer blanks; None for blanks and placeholders."""
    if not text.isascii():
        wide = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFKC", "".join(each for each in wide if not unicodedata.combining(each)))
    text = text.lower().strip()
    return None if not text or text in PLACEHOLDERS else text


def name(text: str) -> str | None:
    """Return a company's or person's name without legal form, region, brackets and punctuation, its words in order of the alphabet."""
    lowered = plain(text)
    if lowered is None:
        return None
    return _chinese_name(lowered) if _CHINESE.search(lowered) else _latin_name(lowered)


def _latin_name(text: str) -> str | None:
    # Dots and apostrophes go without a gap, so that 'L.L.C.' is 'llc' and "O'Neil" is 'oneil'.
    words = _NO_WORD.sub(" ", re.sub(r"[.'’]", "", text).replace("&", " and ")).split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(sorted(words)) or None


def _chinese_name(text: str) -> str | None:
    joined = _NO_WORD.sub("", text)
    core = _without_region(joined)
    for form in CHINESE_LEGAL_FORMS:
        if core.endswith(form) and len(core) > len(form):
            core = core[: -len(form)]
    return core if len(core) > 1 else joined


def _without_region(text: str) -> str:
    province = next((each for each in CHINESE_PROVINCES if text.startswith(each)), "")
    core = text.removeprefix(province)
    core = _CITY.sub("", core.removeprefix("省").removeprefix("市"))
    return core if len(core) > 2 else text


def person(given: str, surname: str) -> str | None:
    """Return a person's name of its parts, the same whichever part stands first."""
    parts = [part for part in (plain(given), plain(surname)) if part is not None]
    return name(" ".join(parts)) if len(parts) > 1 else None


def phone(text: str) -> str | None:
    """Return the last digits of a phone number, without extension; None for what cannot be one."""
    lowered = plain(text)
    if lowered is None:
        return None
    digits = re.sub(r"\D", "", _EXTENSION.sub("", lowered))
    return None if _is_made_up(digits) else digits[-_PHONE_DIGITS:]


def tax_id(text: str) -> str | None:
    """Return the letters and digits of a tax or registration number; None for what cannot be one."""
    lowered = plain(text)
    if lowered is None:
        return None
    core = re.sub("[^0-9a-z]", "", lowered)
    return None if _is_made_up(core) else core


def _is_made_up(core: str) -> bool:
    return len(core) < _LEAST or len(set(core)) <= 2 or any(core in each for each in _SEQUENCES)


def email(text: str) -> str | None:
    """Return an e-mail address without the tag that some put after a plus; None for what is no address."""
    lowered = plain(text)
    if lowered is None or not _ADDRESS.match(lowered):
        return None
    box, _, host = lowered.partition("@")
    return f"{box.partition('+')[0] or box}@{host}"


def email_domain(text: str) -> str | None:
    """Return the domain of an e-mail address where it is the customer's own."""
    address = email(text)
    host = "" if address is None else address.partition("@")[2]
    return host if host and host not in PUBLIC_MAIL else None


def website(text: str) -> str | None:
    """Return the domain of a web address where it is the customer's own."""
    lowered = plain(text)
    if lowered is None:
        return None
    host = re.sub(r"^[a-z]+://", "", lowered).split("/")[0].split(":")[0].removeprefix("www.")
    return host if "." in host and host not in PUBLIC_MAIL else None


def address(text: str) -> str | None:
    """Return an address with usual abbreviations and no punctuation."""
    lowered = plain(text)
    if lowered is None:
        return None
    words = [STREET_WORDS.get(word, word) for word in _NO_WORD.sub(" ", lowered).split()]
    return ("".join(words) if _CHINESE.search(lowered) else " ".join(words)) or None


def birth_date(text: str) -> str | None:
    """Return the eight digits of a date of birth written year first; None for what is none."""
    digits = re.sub(r"\D", "", text)
    return digits if len(digits) == 8 and digits[:2] in ("18", "19", "20") and digits[4:] != "0101" else None


FIELDS: Mapping[str, Callable[[str], str | None]] = {
    "phone": phone,
    "tax_id": tax_id,
    "email": email,
    "birth_date": birth_date,
    "city": address,
    "postcode": address,
}
"""Columns of customer that are compared by themselves, and how each is normalised."""
