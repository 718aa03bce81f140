"""Problems are told in Vietnamese, or in English where that is liked better; codes are the same in both."""

import pytest

from services.api.languages import preferred
from tests.services.conftest import Service


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "vi"),
        ("*", "vi"),
        ("fr", "vi"),
        ("en", "en"),
        ("EN-gb", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        ("en-US,en;q=0.9,vi;q=0.8", "en"),
        ("en;q=0", "vi"),
        ("fr,en;q=0.3", "en"),
        ("vi;q=0.2,en;q=0.3", "en"),
        ("en;q=what", "vi"),
        ("en,vi", "en"),
    ],
)
def test_which_language_is_liked_better(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


async def test_a_problem_in_both_languages(service: Service) -> None:
    vietnamese = await service.post(b'{"type":"UnitRenamed"}')
    english = await service.post(b'{"type":"UnitRenamed"}', accept_language="en-GB")
    assert vietnamese.headers["content-language"] == "vi"
    assert english.headers["content-language"] == "en"
    assert vietnamese.json()["errors"][0]["message"] == "Thiếu trường bắt buộc «occurred_on»."
    assert english.json()["errors"][0]["message"] == "The required field 'occurred_on' is missing."
    for one, other in zip(vietnamese.json()["errors"], english.json()["errors"], strict=True):
        assert (one["code"], one["pointer"]) == (other["code"], other["pointer"])


async def test_a_refusal_in_both_languages(service: Service) -> None:
    body = b'{"type":"UnitRenamed","occurred_on":"2017-01-01","data":{"unit_id":"nowhere","name":"x"}}'
    assert (await service.post(body)).json()["detail"] == "Không có đơn vị «nowhere»."
    assert (await service.post(body, accept_language="en")).json()["detail"] == "There is no unit 'nowhere'."
    assert (await service.post(body)).headers["content-language"] == "vi"


async def test_a_batch_and_an_unknown_route_in_english(service: Service) -> None:
    batch = await service.batch(b"{}\n", **{"Accept-Language": "en"})
    assert batch.json()["errors"][0]["message"].startswith("The required field")
    lost = await service.client.get("/nowhere", headers={"Accept-Language": "en"})
    assert lost.json()["title"] == "Not found"
