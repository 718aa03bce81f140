"""What a route answers, as OpenAPI is told: its success shapes, and problems by status."""

from typing import Any

from litestar.openapi.datastructures import ResponseSpec

from services.api.problems import PROBLEM, TITLES, Problem

EVERYWHERE = (400, 401, 403, 429, 500, 503)
"""Problems that any route may answer: an unknown parameter is 400. Those of a token the document leaves out
for routes open to all."""


def documented(answers: dict[int, Any], *problems: int) -> dict[int, ResponseSpec]:
    """Shapes by status (None: described in `openapi/document.py`), and the statuses of its problems."""
    specs = {
        status: ResponseSpec(shape, generate_examples=False, description=_SUCCESS.get(status, "Done"))
        for status, shape in answers.items()
    }
    for status in sorted({*problems, *EVERYWHERE}):
        specs[status] = ResponseSpec(
            Problem, generate_examples=False, description=TITLES[status].en, media_type=PROBLEM
        )
    return specs


_SUCCESS = {200: "As asked", 201: "Recorded"}
