"""Amounts in Vietnamese words, as accountants write them: «Một triệu không trăm hai mươi mốt đồng».

`num2words` reads the digits of a group of three, mended where it says «lẻ» for «linh» and «bốn» for «tư»;
groups are put together here, since it leaves out the «không trăm» of one that follows another.
"""

BILLION = 1_000_000_000


def in_words(amount: int) -> str:
    """An amount of đồng, 0 or more, beginning with a capital. Raises `ValueError` for less."""
    if amount < 0:
        raise ValueError(f"no voucher is over {amount} đồng")
    text = reading(amount)
    return f"{text[0].upper()}{text[1:]} đồng"


def reading(number: int) -> str:
    """A number of 0 or more, read out. A group of three zeros is not said; beyond tỷ it is so many tỷ."""
    return " ".join(_read(number, leading=True)) or "không"


def _read(number: int, *, leading: bool) -> list[str]:
    """`leading`: nothing is said before it, so its hundreds need not be."""
    words: list[str] = []
    billions, rest = divmod(number, BILLION)
    if billions:
        words += [*_read(billions, leading=leading), "tỷ"]
    for scale, name in ((1_000_000, "triệu"), (1_000, "nghìn"), (1, "")):
        group, rest = divmod(rest, scale)
        if group:
            words.append(_group(group, leading=leading and not words))
            words += [name] if name else []
    return words


def _group(number: int, *, leading: bool) -> str:
    """A group of three, 1 to 999."""
    from num2words import num2words  # sixty languages: not before a slip is printed

    text = str(num2words(number, lang="vi")).replace(" lẻ ", " linh ").replace("mươi bốn", "mươi tư")
    if leading or number >= 100:
        return text
    return f"không trăm linh {text}" if number < 10 else f"không trăm {text}"
