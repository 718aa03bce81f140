"""The real case looked at twice: what print says against itself, and what the late donation changed."""

from services.cli.ledger import Ledger

CITY = "bac-kan-city"


def test_what_was_printed_of_2017_contradicts_itself_four_times(bac_kan: Ledger) -> None:
    found = bac_kan.get(f"/v1/units/{CITY}/contradictions")["contradictions"]
    told = {(c["kind"], c["indicator"], c["level"], c["expected"]) for c in found}
    assert told == {
        ("rate_against_counts", "model.community.rate", None, "79.67"),  # 98/123, printed as 76,67%
        ("sources_differ", "model.clan.achieved", None, None),  # 10, and 08
        ("sources_differ", "centre.participants", None, None),  # 365, and over 3.600
        ("sources_differ", "fund.awarded", "chapter", None),  # 274 million, and over 54
    }
    assert all(len(c["figures"]) > 1 and all(f["event_id"] for f in c["figures"]) for c in found)


def recorded_late(bac_kan: Ledger, event_id: str) -> bool:
    """By the claim in its metadata: first put on paper after the year was over."""
    metadata = bac_kan.get(f"/v1/audit/events/{event_id}")["metadata"]
    return str(metadata.get("first_recorded_on", "")) > "2018"


def test_the_revision_table_names_the_late_donation(bac_kan: Ledger) -> None:
    path = f"/v1/units/{CITY}/statistics/2017/fund.raised/events"
    behind = bac_kan.get(path, level="district", limit=1000)["events"]
    (late,) = [e for e in behind if recorded_late(bac_kan, e["event_id"])]
    answer = bac_kan.http.get(
        f"/v1/units/{CITY}/revisions/fund.raised",
        params={
            "from_year": 2017,
            "level": "district",
            "known": [late["position"] - 1, late["position"]],
        },
    )
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["years"]
    assert row["values"] == [46_500_000, 47_850_000]
    (change,) = row["changes"]
    assert (change["difference"], change["territory"]) == (1_350_000, 0)
    (event,) = change["events"]
    assert (event["event_id"], event["reason"]) == (late["event_id"], "late_entry")
    proof = bac_kan.http.get(event["proof"])
    assert proof.status_code in (200, 503)  # sealed within seconds


def test_without_columns_the_table_ends_with_now(bac_kan: Ledger) -> None:
    answer = bac_kan.get(f"/v1/units/{CITY}/revisions/member.total", from_year=2016, to_year=2017)
    assert [row["year"] for row in answer["years"]] == [2016, 2017]
    assert [row["values"][-1] for row in answer["years"]] == [9_804, 10_380]
