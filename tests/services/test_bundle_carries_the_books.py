"""A bundle carries the fund books; the check folds them anew from the entries and names what differs."""

import asyncio
from pathlib import Path

from beancount import loader

from services.proof import findings as f
from services.proof.sources import Directory, Service
from services.proof.verify import verify
from tests.services.test_bundle_verifies import Office, check, office

__all__ = ["office"]


async def test_the_books_of_a_bundle_hold_and_an_altered_amount_is_named(
    office: Office, tmp_path: Path
) -> None:
    found = (office.bundle / "books" / "all.beancount").read_text()
    assert found == office.http.get("/v1/books/beancount").text
    assert loader.load_string(found)[1] == []
    report = await asyncio.to_thread(check, office)
    assert report.wrong is None, report.wrong
    [books] = [one for one in report.held if one.code == f.BOOKS_HOLD]
    assert books.values == {"programs": ["hledger", "beancount"]}
    altered = office.copy(tmp_path) / "books" / "all.hledger"
    text = altered.read_text()
    assert " 1041 VND" in text
    altered.write_text(text.replace("1041 VND", "1014 VND"))
    report = await asyncio.to_thread(check, office, altered.parents[1])
    assert report.wrong is not None
    assert report.wrong.finding.code == f.FILE_DIFFERS
    assert report.wrong.finding.values["path"] == "books/all.hledger"
    assert "1014 VND" in report.wrong.finding.values["theirs"]


async def test_where_there_are_no_books_the_check_says_so(office: Office, tmp_path: Path) -> None:
    copied = office.copy(tmp_path)
    for file in (copied / "books").iterdir():
        file.unlink()
    for source in (Directory(copied), Service(office.http, office.url)):
        report = await asyncio.to_thread(verify, source, office.vkey)
        assert report.wrong is None, report.wrong
        assert f.NO_BOOKS in [one.code for one in report.unchecked]
