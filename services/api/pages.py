"""Answers that people read as they come: pages to print, and tables. Which one is wanted, `Accept` says."""

from services.api.access import AnyRequest
from services.api.answers import Answer


def wants(request: AnyRequest, media_type: str) -> bool:
    """Whether the request names that type; `*/*` gets JSON."""
    accepted = request.headers.get("accept", "")
    return any(part.split(";")[0].strip().lower() == media_type for part in accepted.split(","))


def text_answer(text: str, media_type: str, position: int) -> Answer:
    """A whole page or table, with the position it reflects."""
    headers = [(b"ledger-position", b"%d" % position), (b"vary", b"accept")]
    return Answer(200, text.encode(), f"{media_type}; charset=utf-8".encode(), headers)
