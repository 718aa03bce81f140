"""The feed as a batch of CloudEvents 1.0, for receivers that know nothing of this ledger."""

import re

from tests.services.conftest import Service

BATCH = {"Accept": "application/cloudevents-batch+json"}


async def test_a_batch_must_be_asked_for(service: Service) -> None:
    plain = await service.client.get("/v1/events")
    assert plain.headers["content-type"] == "application/json"
    batch = await service.client.get("/v1/events", headers=BATCH)
    assert batch.headers["content-type"] == "application/cloudevents-batch+json"
    assert len(batch.json()) == len(plain.json()["events"]) == 2


async def test_each_has_what_the_standard_asks(service: Service) -> None:
    started, established = (await service.client.get("/v1/events", headers=BATCH)).json()
    origin = started["data"]["origin"]
    for event in (started, established):
        assert event["specversion"] == "1.0"
        assert event["source"] == "//" + origin
        assert event["datacontenttype"] == "application/json"
        assert re.fullmatch(r"[0-9a-f-]{36}", event["id"])
        assert set(event) <= {
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema",
            "recordedtime", "sequence", "partitionkey", "correlationid", "data",
        }  # fmt: skip
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in event)
    assert established["type"] == "khuyenhoc.UnitEstablished.v1"
    assert established["subject"] == established["partitionkey"] == "unit-bac-kan-city"
    assert established["time"] == "2000-01-01T00:00:00+07:00"
    assert established["data"]["unit_id"] == "bac-kan-city"
    # an absolute URI, which a relative reference is not
    assert established["dataschema"] == "urn:khuyenhoc:catalogue:UnitEstablished:v1"
    kind = (await service.client.get("/v1/catalogue/UnitEstablished")).json()
    assert (kind["type"], kind["schema"]) == ("UnitEstablished", 1)


async def test_sequence_compares_as_text(service: Service) -> None:
    for n in range(10):
        await service.recorded("UnitRenamed", "2011-01-01", unit_id="bac-kan-city", name=f"Tên {n}")
    sequences = [e["sequence"] for e in (await service.client.get("/v1/events", headers=BATCH)).json()]
    assert sequences == sorted(sequences)
    assert [int(s) for s in sequences] == list(range(1, 13))


async def test_the_same_pages_as_the_plain_feed(service: Service) -> None:
    plain = await service.client.get("/v1/events?limit=1")
    batch = await service.client.get("/v1/events?limit=1", headers=BATCH)
    assert plain.headers["link"] == batch.headers["link"]
    assert plain.headers["ledger-position"] == batch.headers["ledger-position"] == "2"
