from tests.services.conftest import Service


async def test_it(service: Service):
    r = await service.record(
        "UnitEstablished",
        "2001-01-01",
        unit_id="duc-xuan",
        name="Đức Xuân",
        level="commune",
        parent_id="bac-kan-city",
    )
    print(r.status_code, r.headers, r.text)
    for p in [
        "/health",
        "/v1/projections",
        "/metrics",
        "/v1/catalogue",
        "/v1/catalogue/UnitMerged",
        "/problems/unknown-unit",
        "/schema",
        "/schema/openapi.json",
        "/v1/events",
        "/v1/audit/streams/unit-duc-xuan",
        "/nope",
        "/v1/units",
        "/v1/units/x",
        "/v1/units/duc-xuan/statistics/2017",
        "/v1/units/duc-xuan/statistics/20177?limit=1",
        "/v1/units/duc-xuan/statistics/abc",
        "/v1/events?limit=x&after=-1",
        "/v1/funds/x",
        "/v1/units/duc-xuan/statistics/2017?as_known=2017-02-30",
        "/v1/units/duc-xuan/statistics/2017?tree=2017-02-30",
        "/v1/units/BAC/statistics/2017",
        "/v1/audit/events/x",
        "/v1/events?min_position=99",
    ]:
        r = await service.client.get(p, headers={"Accept-Language": "en"})
        print(
            "==",
            p,
            r.status_code,
            {
                k: v
                for k, v in r.headers.items()
                if k in ("ledger-position", "link", "content-type", "content-language", "retry-after")
            },
            r.text[:700],
        )
    r = await service.client.delete("/v1/commands")
    print(r.status_code, r.headers, r.text)
    for b in [
        b"{",
        b"[]",
        b'{"type":"UnitX","occurred_on":"2017-13-01","data":{},"x":1}',
        b'{"type":"UnitEstablished","occurred_on":"2017-01-01","data":{"unit_id":"A b","name":"","level":"x","y":2}}',
    ]:
        r = await service.post(b)
        print(r.status_code, r.text)
    await service.fold()
    r = await service.client.get("/v1/units")
    print(r.text)
    r = await service.client.get("/v1/units/duc-xuan")
    print(r.text)
