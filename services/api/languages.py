"""Which language a request is answered in: Vietnamese, unless English is asked for (RFC 9110 §12.5.4)."""

from collections.abc import Iterable
from functools import lru_cache

from events.refusals import Language

DEFAULT: Language = "vi"


def language_of(headers: Iterable[tuple[bytes, bytes]]) -> Language:
    """From the raw headers of a request."""
    for name, value in headers:
        if name == b"accept-language":
            return preferred(value.decode("latin-1"))
    return DEFAULT


@lru_cache(256)
def preferred(accepted: str) -> Language:
    """The better liked of the two; of equals the first named; Vietnamese if neither is named."""
    weights = {"vi": 0.0, "en": 0.0}
    first: list[str] = []
    for part in accepted[:1000].split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.strip().lower().split("-")[0]
        if primary in weights:
            weights[primary] = max(weights[primary], quality(parameters))
            first.append(primary)
    if weights["vi"] == weights["en"]:
        return "en" if first[:1] == ["en"] and weights["en"] > 0 else DEFAULT
    return "en" if weights["en"] > weights["vi"] else "vi"


def quality(parameters: str) -> float:
    """How well something is liked, from what stands behind it in an `Accept…` header: 0 is not at all."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
