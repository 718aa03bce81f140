"""Each command of the demo is acceptable once those before it are recorded, and says where it comes from.

A clerk of a few lines stands in for the ledger's rules: units, codes, funds, candidates, pockets, purposes.
"""

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections import Counter, defaultdict
from uuid import UUID, uuid5

from services.demo.commands import NAMESPACE, stable_uuid
from services.demo.history import fingerprint
from tests.scenarios.demo_ledger import commands, pocket_moves

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
TODAY = "2026-11-01"
METADATA = {"source", "page", "line", "file_digest", "first_recorded_on", "invented"}
PRINTED = {"FigurePublished", "UnitEstablished", "UnitCodeAssigned", "UnitMerged", "UnitDissolved"}


def is_uuid(text: str) -> bool:
    return str(UUID(text)) == text


def test_every_run_gives_the_same_history() -> None:
    code = "from services.demo.history import fingerprint; print(fingerprint())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert runs == {fingerprint()}


def test_ids_are_what_the_contract_asks() -> None:
    assert stable_uuid("Đức Xuân") == str(uuid5(NAMESPACE, "Đức Xuân"))
    families = {e["data"]["candidate_id"] for e in commands() if e["data"].get("model") == "family"}
    assert all(is_uuid(candidate) for candidate in families)
    for entry in commands():
        assert is_uuid(entry["command_id"])
        ids = [
            value for field, value in entry["data"].items() if field.endswith("_id") and field != "event_id"
        ]
        assert all(SLUG.fullmatch(value) for value in ids), entry


def test_no_command_comes_twice_and_none_is_of_tomorrow() -> None:
    assert len({entry["command_id"] for entry in commands()}) == len(commands())
    assert 34_000 <= len(commands()) <= 38_000
    assert all("2004" <= entry["occurred_on"] <= TODAY for entry in commands())


def test_every_detail_is_printed_or_flagged_as_invented() -> None:
    for entry in commands():
        metadata = entry["metadata"]
        assert metadata.keys() <= METADATA
        assert metadata.get("invented", True) is True
        if "invented" not in metadata:
            assert "source" in metadata
            assert entry["type"] in PRINTED, entry
            assert entry["data"].get("level") != "chapter" or entry["type"] == "FigurePublished"


def test_no_person_or_household_has_a_name() -> None:
    for entry in commands():
        data = entry["data"]
        if data.get("model") == "family":
            assert "name" not in data
        if "donor" in data:
            assert "name" not in data["donor"] or data["donor"]["kind"] in ("organisation", "collective")


def test_whoever_a_gift_names_was_registered_before_at_a_unit() -> None:
    known: dict[str, str] = {}
    named = set()
    for entry in commands():
        data = entry["data"]
        if entry["type"] == "PersonRegistered":
            known[data["person_id"]] = data["unit_id"]
            assert "thí dụ" in data["details"]["name"]
        elif entry["type"] == "ConsentGiven":
            assert data["person_id"] in known
        if (person := data.get("donor", {}).get("person_id")) is not None:
            named.add(person)
            assert known[person] == "bac-kan-city"
    assert len(named) == 3


def test_a_command_is_plain_json_in_composed_letters() -> None:
    for entry in commands():
        text = json.dumps(entry, ensure_ascii=False)
        assert json.loads(text) == entry
        assert unicodedata.is_normalized("NFC", text)


def test_units_end_childless_and_without_funds_and_codes_are_never_held_twice() -> None:
    parents: dict[str, str | None] = {}
    codes: dict[str, str] = {}
    funds: dict[str, str] = {}
    for entry in commands():
        kind, data = entry["type"], entry["data"]
        unit = data.get("unit_id")
        assert unit is None or kind == "UnitEstablished" or unit in parents, entry
        if "code" in data:
            assert data["code"] not in codes.values(), entry
            codes[data["unit_id"]] = data["code"]
        match kind:
            case "UnitEstablished":
                assert data["unit_id"] not in parents
                assert data.get("parent_id") is None or data["parent_id"] in parents, entry
                parents[data["unit_id"]] = data.get("parent_id")
            case "FundOpened":
                funds[data["fund_id"]] = data["unit_id"]
            case "FundHandedOver":
                assert data["to_unit_id"] in parents
                funds[data["fund_id"]] = data["to_unit_id"]
            case "FundClosed":
                del funds[data["fund_id"]]
            case "UnitMerged" | "UnitDissolved":
                ended, heir = data["unit_id"], data.get("into_unit_id")
                children = [child for child, parent in parents.items() if parent == ended]
                assert ended not in funds.values(), entry
                assert heir in parents if kind == "UnitMerged" else not children, entry
                parents.update(dict.fromkeys(children, heir))
                parents.pop(ended)
                codes.pop(ended, None)
        assert "fund_id" not in data or kind == "FundClosed" or data["fund_id"] in funds, entry
    assert codes == {
        "thai-nguyen-province": "19",
        "duc-xuan-2025": "01840",
        "bac-kan-2025": "01843",
        "phong-quang-2025": "01849",
    }
    assert sum(fund_holder in parents for fund_holder in funds.values()) == len(funds) == 164


def test_a_candidate_registers_before_it_is_evaluated_and_a_unit_is_older_than_what_it_does() -> None:
    founded = {e["data"]["unit_id"]: e["occurred_on"] for e in commands() if e["type"] == "UnitEstablished"}
    registered: dict[tuple[str, int], str] = {}
    for entry in commands():
        data, day = entry["data"], entry["occurred_on"]
        assert founded.get(data.get("unit_id", ""), day) <= day
        if entry["type"] == "ModelRegistered":
            assert (data["candidate_id"], data["year"]) not in registered
            registered[data["candidate_id"], data["year"]] = day
        if entry["type"] == "ModelEvaluated":
            assert registered[data["candidate_id"], data["year"]] < day


def assert_never_short(entries: list[tuple[str, int, str]]) -> None:
    """Day by day, payments first: bound money pays its own purpose only, free money the rest of it."""
    free = 0
    bound: Counter[str] = Counter()
    for _, moved, purpose in sorted(entries):
        if moved > 0 and purpose:
            bound[purpose] += moved
            continue
        from_bound = min(bound[purpose], -moved) if moved < 0 else 0
        bound[purpose] -= from_bound
        free += moved + from_bound
        assert free >= 0, entries


def test_no_pocket_is_below_zero_on_any_day_after_any_entry() -> None:
    entries: dict[tuple[str, str], list[tuple[str, int, str]]] = defaultdict(list)
    for fund, pocket, day, purpose, moved in pocket_moves():
        entries[fund, pocket].append((day, moved, purpose or ""))
        assert_never_short(entries[fund, pocket])


def test_the_emptied_fund_is_closed_at_zero() -> None:
    (closed,) = [entry["data"]["fund_id"] for entry in commands() if entry["type"] == "FundClosed"]
    assert sum(moved for fund, _, _, _, moved in pocket_moves() if fund == closed) == 0
