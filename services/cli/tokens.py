"""`khuyenhoc token create`: a token for a program or a colleague, printed once."""

import msgspec

from services.api.tokens.shapes import TokenMade
from services.cli.ledger import Ledger, RefusedError, sentence_of


def create(ledger: Ledger, name: str, role: str, unit: str, expires: str | None = None) -> TokenMade:
    """Make a token with one role at one unit. Raises `RefusedError`."""
    wanted = {"name": name, "role": role, "unit_id": unit}
    if expires is not None:
        wanted["expires_on"] = expires
    answer = ledger.http.post("/v1/tokens", json=wanted)
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return msgspec.json.decode(answer.content, type=TokenMade)
