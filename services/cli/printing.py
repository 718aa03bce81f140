"""What commands about figures have in common: the service's own JSON, names, plain tables."""

import sys
from typing import Any

from rich.markup import escape
from rich.table import Table

from events.refusals import Spoken
from services.cli.ledger import Ledger, RefusedError, language, sentence_of


def text_of(ledger: Ledger, path: str, **query: Any) -> str:
    """The service's own bytes: numbers stay as it wrote them. Raises `RefusedError`."""
    answer = ledger.http.get(path, params={k: v for k, v in query.items() if v is not None})
    if answer.is_error:
        raise RefusedError(sentence_of(answer))
    return answer.text


def print_json(ledger: Ledger, path: str, **query: Any) -> None:
    sys.stdout.write(text_of(ledger, path, **query) + "\n")


def name_of(ledger: Ledger, unit: str) -> str:
    """The unit's name as of today; its id where it cannot be asked."""
    try:
        return str(ledger.get(f"/v1/units/{unit}")["name"])
    except (RefusedError, KeyError):
        return unit


def spoken(words: Spoken) -> str:
    """In the language asked for."""
    return words.en if language() == "en" else words.vi


def plain_table(title: str, left: tuple[str, ...], right: tuple[str, ...] = ()) -> Table:
    """Columns of words, then columns of numbers. The title is shown as it stands."""
    table = Table(title=escape(title), title_justify="left", title_style="bold", pad_edge=False)
    for heading in left:
        table.add_column(heading)
    for heading in right:
        table.add_column(heading, justify="right", no_wrap=True)
    return table
