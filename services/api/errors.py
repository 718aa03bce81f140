"""Whatever is raised on the way, as a problem. What happened inside goes to the process's own log only."""

import logging
import re
from typing import Any

from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException

from events.refusals import Refused
from services.api.access import AnyRequest, speech_of
from services.api.answers import Answer, problem_answer
from services.api.checking import faults_of, type_of
from services.api.faults import (
    BAD_PATTERN,
    BAD_UUID,
    IMPOSSIBLE_DATE,
    INVALID_VALUE,
    MISSING_FIELD,
    OUT_OF_RANGE,
    TOO_FEW_ITEMS,
    TOO_LONG,
    TOO_MANY_ITEMS,
    TOO_SHORT,
    WRONG_TYPE,
    Fault,
    Malformed,
    shown,
)
from services.api.form_words import FORMS, KINDS
from services.api.problems import (
    INTERNAL,
    MALFORMED,
    METHOD_NOT_ALLOWED,
    NO_SUCH_ROUTE,
    ApiProblem,
    Problem,
    malformed,
    refused,
)

logger = logging.getLogger("khuyenhoc.api")

_LENGTHS = {
    ("str", ">="): (TOO_SHORT, "minLength"),
    ("str", "<="): (TOO_LONG, "maxLength"),
    ("array", ">="): (TOO_FEW_ITEMS, "minItems"),
    ("array", "<="): (TOO_MANY_ITEMS, "maxItems"),
}


def answer_malformed(request: AnyRequest, error: Malformed) -> Answer:
    return _response(request, malformed(error.faults, speech_of(request)))


def answer_problem(request: AnyRequest, error: ApiProblem) -> Answer:
    return _response(request, error.told(speech_of(request)), error.headers)


def answer_refused(request: AnyRequest, error: Refused) -> Answer:
    return _response(request, refused(error, speech_of(request)))


def answer_parameters(request: AnyRequest, error: ValidationException) -> Answer:
    """Path or query parameters that Litestar could not read."""
    extra: Any = error.extra if isinstance(error.extra, list) else []
    faults = [_of_parameter(request, e) for e in extra if isinstance(e, dict)]
    if missing := re.match(r"Missing required (\w+) parameter '([^']+)'", error.detail):
        faults = [
            Fault(f"/{missing[1]}/{missing[2]}", MISSING_FIELD, "required", values={"name": missing[2]})
        ]
    return _response(request, malformed(faults or [_of_parameter(request, {})], speech_of(request)))


def answer_http(request: AnyRequest, error: HTTPException) -> Answer:
    """What Litestar itself answers: no such route, method not allowed, and little else."""
    headers = {k: str(v) for k, v in (error.headers or {}).items()}
    if isinstance(error, MethodNotAllowedException):
        allowed = headers.get("allow", "")
        problem = ApiProblem(METHOD_NOT_ALLOWED, method=request.method, allowed=allowed)
    elif error.status_code == 404:
        problem = ApiProblem(NO_SUCH_ROUTE)
    elif error.status_code < 500:
        problem = ApiProblem(MALFORMED, count=1)
    else:
        return answer_unexpected(request, error)
    return _response(request, problem.told(speech_of(request)), headers)


def answer_unexpected(request: AnyRequest, error: Exception) -> Answer:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _response(request, ApiProblem(INTERNAL).told(speech_of(request)))


def _response(request: AnyRequest, problem: Problem, headers: dict[str, str] | None = None) -> Answer:
    more = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return problem_answer(problem, speech_of(request), more)


def _of_parameter(request: AnyRequest, told: dict[str, Any]) -> Fault:
    """From msgspec's words about one parameter, as Litestar passes them on."""
    name, words, source = told.get("key", ""), str(told.get("message", "")), told.get("source", "query")
    source = getattr(source, "value", source)
    definition = request.route_handler.parsed_fn_signature.parameters.get(name)
    name = getattr(definition and definition.kwarg_definition, "name", None) or name
    if name in request.path_params:
        source, got = "path", str(request.path_params[name])
    else:
        got = request.query_params.get(name, "")
    pointer = f"/{source}/{name}"
    if "Missing required" in words:
        return Fault(pointer, MISSING_FIELD, "required", values={"name": name})
    if length := re.search(r"Expected `(str|array)` of length (>=|<=) (\d+)", words):
        kind, sign, limit = length.groups()
        code, rule = _LENGTHS[kind, sign]
        came = len(got if kind == "str" else request.query_params.getall(name))
        return Fault(pointer, code, rule, limit, shown(got), {"length": came})
    if definition is not None and "Invalid enum value" in words:
        return next(faults_of(got, type_of(definition.annotation), pointer))
    if limit := re.search(r"(>=|<=|>|<) (\d+)", words):
        sign, number = limit.groups()
        rule = "minimum" if sign.startswith(">") else "maximum"
        return Fault(
            pointer, OUT_OF_RANGE, rule, f"{sign.replace('>=', '≥').replace('<=', '≤')} {number}", shown(got)
        )
    if pattern := re.search(r"matching regex '(.*)'", words):
        form = pattern[1].replace("\\\\", "\\")
        return Fault(pointer, BAD_PATTERN, "pattern", form, shown(got), {"expected": FORMS.get(form, form)})
    if kind := re.search(r"Expected `(int|bool)", words):
        expected = {"int": "integer", "bool": "boolean"}[kind[1]]
        values = {"expected": KINDS[expected], "got": f"«{shown(got)}»"}
        return Fault(pointer, WRONG_TYPE, "type", expected, shown(got), values)
    for form, code in (("date", IMPOSSIBLE_DATE), ("UUID", BAD_UUID)):
        if form in words:
            return Fault(pointer, code, "format", form.lower(), shown(got))
    if " | " in words:
        words = words.split(",")[0]
    return Fault(pointer, INVALID_VALUE, "format", got=shown(got), values={"why": words[:200]})


HANDLERS: dict[Any, Any] = {
    Malformed: answer_malformed,
    ApiProblem: answer_problem,
    Refused: answer_refused,
    ValidationException: answer_parameters,
    HTTPException: answer_http,
    Exception: answer_unexpected,
}
