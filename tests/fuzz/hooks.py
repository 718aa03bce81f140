"""What schemathesis cannot know of this service: who is there, and which refusals are as they should be.

Loaded by it (`schemathesis.toml`); half of the ids it makes up are exchanged for some that exist.
"""

import json
import os
import zlib
from typing import Any

import schemathesis

from services.banking.refusals import FILE_FAULTS

KNOWN: dict[str, list[str]] = json.loads(os.environ.get("KHUYENHOC_FUZZ_KNOWN", "{}"))
"""Path parameter → values that exist."""
MOST_WAITING = 1
"""A position that every answer reflects: a higher one is waited for, five seconds a time."""


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Real ids for every second one made up; no waiting for positions that will not come; no cursor."""
    for name, value in list((case.path_parameters or {}).items()):
        number = zlib.crc32(str(value).encode())
        if (known := KNOWN.get(name)) and number % 2:
            case.path_parameters[name] = known[number // 2 % len(known)]
    query = case.query or {}
    asked = str(query.get("min_position", ""))
    if asked.isdecimal() and int(asked) > MOST_WAITING:
        query["min_position"] = MOST_WAITING


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """A batch: the schema says a text, whose lines are commands."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """False for what is right as it is."""
    kind, problem = type(failure).__name__, _problem(response)
    if response.status_code == 414 and not response.content:
        return False  # granian's own, for addresses longer than it reads
    if kind == "ServerError":
        return problem.get("code") not in NOT_YET or "retry-after" not in response.headers
    if kind == "RejectedPositiveData":
        return not _the_schema_cannot_say(problem, case)
    if kind == "AcceptedNegativeData":
        return bool(case.path != BATCH)  # says so line by line
    # Litestar's own answer to OPTIONS forgets the methods registered after the first (2.25)
    return not (kind == "AllowHeaderMismatch" and case.method == "OPTIONS")


NOT_YET = {"position-not-reached", "not-sealed-yet"}
"""Documented: 503 with `Retry-After`."""
BATCH = "/v1/commands/batch"
TEXTS = ("/v1/commands/batch", "/v1/units/preview")
"""Take lines, which are but a text to the schema, or some kinds of command only."""
ONLY_TEXTS = {"bad-cursor", "impossible-date", "control-character", *FILE_FAULTS}
"""Of what is any text to the schema: cursors, the day of a tree, a text with a NUL, banks' files and their
mappings. (Where a body's text must hold none, its pattern says so.)"""
TOO_MUCH = {"export-too-large", "too-many-events"}
"""Of units times years, each of which may be; or of what is recorded."""
RANGES = ("/query/from", "/query/to", "/query/from_year", "/query/to_year", "/occurred_on")
"""Days and years that are bounded, or ordered; of days, JSON Schema knows no bounds."""


def _the_schema_cannot_say(problem: dict[str, Any], case: Any) -> bool:
    if case.path in TEXTS:
        return True
    faults = [*problem.get("errors", ()), *({"code": problem["code"]} for _ in "." if "code" in problem)]
    faults = [fault for fault in faults if fault["code"] != "malformed"]
    return bool(faults) and all(
        fault["code"] in ONLY_TEXTS | TOO_MUCH
        or (fault["code"] in DAYS and fault.get("pointer") in RANGES)
        or (fault["code"] == "wrong-type" and fault.get("expected") == "integer" and _is_whole(fault))
        for fault in faults
    )


def _is_whole(fault: dict[str, Any]) -> bool:
    """`232.0` is an integer to JSON Schema; here a number with a point is refused, so that no money is."""
    try:
        return float(fault.get("got", "")).is_integer()
    except ValueError:
        return False


DAYS = {"out-of-range", "days-reversed"}


def _problem(response: Any) -> dict[str, Any]:
    try:
        found = json.loads(response.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
