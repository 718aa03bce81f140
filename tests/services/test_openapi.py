"""The description of the interface is valid, complete, and true."""

from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from events.declare import CATALOGUE
from events.vocabulary import LOCAL_ACTOR
from services.api.commands.reading import read_command
from services.api.openapi.document import encoded_document
from services.api.openapi.kinds import commands, example_of
from services.api.problems import TITLES, known_codes, status_of
from services.api.routes import ROUTES
from tests.services.conftest import Service
from tests.services.town import OPERATIONS, OWN, Town


@pytest.fixture(scope="module")
def document() -> Any:
    return msgspec.json.decode(encoded_document())


def operations(document: Any) -> list[tuple[str, str, Any]]:
    return [(m, p, op) for p, methods in document["paths"].items() for m, op in methods.items()]


def test_it_is_openapi_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    schemas = document["components"]["schemas"]
    for reference in references(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_every_operation_has_a_name_and_its_errors(document: Any) -> None:
    names = [op["operationId"] for _, _, op in operations(document)]
    assert len(names) == len(set(names)) == len(operations(document)) > 15
    for method, path, operation in operations(document):
        assert operation["summary"], (method, path)
        assert operation["description"], (method, path)
        assert "400" in operation["responses"], (method, path)  # for parameters that it does not take
        for status, response in operation["responses"].items():
            kinds = set(response["content"])
            assert ("application/problem+json" in kinds) == (int(status) >= 400), (path, status)


def test_every_command_is_one_of_the_commands(document: Any) -> None:
    body = document["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/Command"}
    schema = document["components"]["schemas"]["Command"]
    expected = {k for k, kind in CATALOGUE.items() if not kind.internal}
    assert set(schema["discriminator"]["mapping"]) == set(body["examples"]) == expected
    assert len(schema["oneOf"]) == len(expected)
    assert not {k for k, kind in CATALOGUE.items() if kind.internal} & set(document["components"]["schemas"])


@pytest.mark.parametrize("name", sorted(k.name for k in commands()))
def test_every_example_is_accepted_by_its_struct(name: str) -> None:
    read = read_command(msgspec.json.encode(example_of(CATALOGUE[name])), LOCAL_ACTOR)
    assert read.kind is CATALOGUE[name]


def test_answers_and_events_do_not_share_names(document: Any) -> None:
    """One component would silently describe the other."""
    shapes = {
        spec.data_container.__name__
        for route in ROUTES
        for handler in getattr(route, "route_handlers", [route])
        for spec in (getattr(handler, "responses", None) or {}).values()
        if spec.data_container is not None
    }
    assert not shapes & set(CATALOGUE)


async def test_an_answer_says_which_position_it_reflects_where_that_is_promised(service: Service) -> None:
    town = Town(service)
    await town.build()
    token = service.client.headers["authorization"].removeprefix("Bearer ")
    answered = 0
    for method, path, operation in OPERATIONS:
        answer = await town.ask(method, path, operation, OWN, token)
        promised = operation["responses"][str(answer.status_code)].get("headers", {})
        if answer.is_success:
            assert ("ledger-position" in answer.headers) == ("Ledger-Position" in promised), path
            answered += 1
    assert answered > 40


async def test_every_code_is_explained_in_both_languages(service: Service) -> None:
    for code, (vi, en) in known_codes().items():
        page = (await service.client.get(f"/problems/{code}")).json()
        assert page == {"code": code, "status": status_of(code), "vi": vi, "en": en}
        assert vi != en
        assert page["status"] in TITLES


async def test_it_is_served_with_a_page_that_needs_nothing_from_elsewhere(service: Service) -> None:
    served = await service.client.get("/schema/openapi.json")
    assert served.content == encoded_document()
    page = await service.client.get("/schema")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert "src=" not in page.text
    assert "/v1/units/{unit_id}/statistics/{year}" in page.text


async def test_the_catalogue_shows_every_kind(service: Service) -> None:
    listed = (await service.client.get("/v1/catalogue")).json()["kinds"]
    assert [k["type"] for k in listed] == [k.name for k in commands()]
    one = (await service.client.get("/v1/catalogue/DonationReceived")).json()
    assert one["sealed"] == ["note"]
    assert one["data_schema"]["$defs"]["DonationReceived"]["properties"]["amount"]["minimum"] == 1
