"""What the fixtures of this test suite promise to every other test."""

import asyncpg

from deploy.addresses import Addresses
from tests.databases import Databases


async def test_each_database_is_empty_and_a_copy_holds_what_its_template_held(databases: Databases) -> None:
    template = await databases.create()
    owner = await asyncpg.connect(template.owner_url)
    await owner.execute("CREATE TABLE donation (amount bigint); INSERT INTO donation VALUES (200000)")
    await owner.execute("GRANT SELECT ON donation TO khuyenhoc_service")
    await owner.close()

    copy, empty = await databases.create(template), await databases.create()

    service = await asyncpg.connect(copy.database_url)
    assert await service.fetchval("SELECT amount FROM donation") == 200000
    await service.close()
    service = await asyncpg.connect(empty.database_url)
    assert await service.fetchval("SELECT to_regclass('donation')") is None
    await service.close()
    for addresses in (copy, empty, template):
        await databases.drop(addresses)


async def test_only_workers_and_owner_may_add_schemas(empty_database: Addresses) -> None:
    may = {}
    for role, url in (
        ("service", empty_database.database_url),
        ("worker", empty_database.worker_url),
        ("owner", empty_database.owner_url),
    ):
        connection = await asyncpg.connect(url)
        may[role] = await connection.fetchval("SELECT has_database_privilege(current_database(), 'CREATE')")
        await connection.close()
    assert may == {"service": False, "worker": True, "owner": True}
