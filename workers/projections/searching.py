"""Names as people type them: without accents, in small letters, so that `duc xuan` finds «Đức Xuân»."""

import unicodedata


def plain(text: str) -> str:
    """`Đức Xuân` → `duc xuan`; runs of spaces become one."""
    spread = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    kept = "".join(c for c in spread if not unicodedata.combining(c))
    return " ".join(kept.split())
