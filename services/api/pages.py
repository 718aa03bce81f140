"""Answers that people read as they come: pages to print, and tables. Which one is wanted, `Accept` says."""

from services.api.access import AnyRequest
from services.api.answers import JSON, Answer
from services.api.languages import quality


def accepted(request: AnyRequest, *others: str) -> str:
    """Of JSON and those types the one that the request likes best; of equals the first named; JSON where it
    names none of them, be it that all are welcome by `*/*` (RFC 9110 §12.5.1)."""
    best, liked = JSON, 0.0
    for part in request.headers.get("accept", "").split(","):
        name, _, parameters = part.partition(";")
        name = name.strip().lower()
        if name in (JSON, *others) and quality(parameters) > liked:
            best, liked = name, quality(parameters)
    return best


def text_answer(text: str, media_type: str, position: int) -> Answer:
    """A whole page or table, with the position it reflects."""
    headers = [(b"ledger-position", b"%d" % position), (b"vary", b"accept")]
    return Answer(200, text.encode(), f"{media_type}; charset=utf-8".encode(), headers)
