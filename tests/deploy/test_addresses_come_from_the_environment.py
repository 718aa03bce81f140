"""Which servers and which data directory a command works on."""

from pathlib import Path

import pytest

from deploy.addresses import VARIABLES, Addresses, IncompleteAddressesError, data_directory

URLS = {
    "KHUYENHOC_DATABASE_URL": "postgresql://s@db/k",
    "KHUYENHOC_WORKER_URL": "postgresql://w@db/k",
    "KHUYENHOC_OWNER_URL": "postgresql://o@db/k",
    "KHUYENHOC_REDIS_URL": "redis://cache/0",
}


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in (*VARIABLES.values(), "KHUYENHOC_DATA"):
        monkeypatch.delenv(variable, raising=False)


def test_none_set_means_the_embedded_servers() -> None:
    assert Addresses.from_environment() is None


def test_all_set_means_those_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, url in URLS.items():
        monkeypatch.setenv(name, url)
    found = Addresses.from_environment()
    assert found
    assert found.environment() == URLS
    assert found.broker_url == "redis://cache/0"


def test_some_set_is_refused_and_the_missing_ones_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHUYENHOC_REDIS_URL", "redis://cache/0")
    with pytest.raises(IncompleteAddressesError, match="Set KHUYENHOC_DATABASE_URL, KHUYENHOC_WORKER_URL"):
        Addresses.from_environment()


def test_celery_names_a_unix_socket_differently() -> None:
    addresses = Addresses(
        database_url="", worker_url="", owner_url="", redis_url="unix:///d%C6%B0/redis.sock"
    )
    assert addresses.broker_url == "redis+socket:///d%C6%B0/redis.sock"


def test_the_data_directory_is_the_one_chosen_then_the_variables_then_the_platforms(
    monkeypatch: pytest.MonkeyPatch, workplace: Path
) -> None:
    assert data_directory().name == "khuyenhoc"
    monkeypatch.setenv("KHUYENHOC_DATA", str(workplace / "một"))
    assert data_directory() == workplace / "một"
    assert data_directory(workplace / "hai") == workplace / "hai"
