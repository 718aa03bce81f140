"""The whole check, in order: the log, its witnesses, the figures printed, the tables folded anew."""

import gc
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any

from events.log.entry import Entry
from events.proof.notes import NoteError, VerifierKey
from events.proof.policy import Policy
from services.books.journal import Program
from services.proof import books
from services.proof import findings as f
from services.proof.columns import ServedColumns
from services.proof.earlier import CHECKPOINT
from services.proof.logcheck import CheckedLog, check_log
from services.proof.publications import check_digests, check_roots
from services.proof.report import Report, WrongError
from services.proof.scratch import Scratch, scratch
from services.proof.sources import Source
from services.proof.tables import PUBLISHED, computed, path_of, require_same, tree_day


def verify(
    source: Source,
    key: VerifierKey,
    policy: Policy | None = None,
    *,
    tables: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Everything that can be checked; `report.wrong` is the first thing that does not hold.

    `tables=False` leaves out the refold, which needs PostgreSQL. Raises `SourceError`.
    """
    report = Report()
    with ExitStack() as ending:
        ledgers: list[Scratch] = []
        served: list[ServedColumns] = []
        journals = {p: there for p in books.PROGRAMS if (there := source.books(books.path_of(p)))}
        for journal in journals.values():
            ending.callback(journal.close)

        def refold(position: int, entry: Entry, raw: bytes) -> None:
            if not ledgers:  # not before the first entry proves to be ours
                ledgers.append(ending.enter_context(scratch(books=bool(journals))))
                if (there := source.columns()) is not None:
                    served.append(ServedColumns(there))
            replayed = ledgers[0].take(position, entry, raw)
            if served:
                served[0].compare(position, replayed)

        gc.disable()  # a million events stay in memory; looking for cycles among them costs half the time
        ending.callback(gc.enable)
        try:
            checked = check_log(source, key, report, progress=progress, taker=refold if tables else None)
            _witnesses(checked, policy, report)
            if checked.ours:
                _published(source, checked, report)
                check_roots(checked.collected, checked.roots, source, report)
                if ledgers:
                    _columns(source, served, report)
                    pool = ledgers[0].fold()
                    _tables(source, checked, ledgers[0], pool, report)
                    _books(journals, checked, ledgers[0], pool, report)
                elif checked.checkpoint.size:
                    report.leaves(f.NOT_FOLDED)
        except WrongError as wrong:
            report.wrong = wrong
    report.leaves(f.TRUTH)
    report.leaves(f.SEALED)
    return report


def _witnesses(checked: CheckedLog, policy: Policy | None, report: Report) -> None:
    if policy is None:
        report.leaves(f.NO_POLICY)
        return
    if policy.logs and not set(policy.logs) & set(checked.vkeys):
        raise WrongError(f.POLICY_OTHER_LOG)
    try:
        cosigners = policy.cosigners(checked.note)
    except NoteError as e:
        raise WrongError(f.WRONG_SIGNATURE, where=CHECKPOINT, why=str(e)) from e
    names = list(cosigners)
    if not policy.satisfied(cosigners):
        raise WrongError(f.QUORUM, names=names, quorum=policy.quorum)
    report.holds(f.COSIGNED, names=names, count=len(policy.witnesses))


def _columns(source: Source, served: list[ServedColumns], report: Report) -> None:
    if served:
        report.holds(f.COLUMNS_HOLD, count=served[0].count)
    elif source.tables() is None:
        report.leaves(f.COLUMNS_NOT_SERVED)


def _published(source: Source, checked: CheckedLog, report: Report) -> None:
    there = source.read(PUBLISHED)
    if there is None:
        if source.tables() is not None:
            report.leaves(f.NO_FIGURES, path=PUBLISHED)
        return
    require_same(PUBLISHED, there, checked.collected.published().encode())
    report.holds(f.FIGURES_HOLD)


def _tables(source: Source, checked: CheckedLog, ledger: Scratch, pool: Any, report: Report) -> None:
    collected, size = checked.collected, checked.checkpoint.size
    ledger.run(check_digests(pool, collected, report))
    ours = ledger.run(computed(pool, collected, size))
    there = source.tables()
    if there == [] and source.read(PUBLISHED) is None:  # just the log, not a bundle of ours
        report.leaves(f.NO_TABLES)
        return
    if there is not None and (strange := set(there) ^ set(ours)):
        path = min(strange)
        raise WrongError(f.TABLE_MISSING if path in ours else f.TABLE_UNCALLED, path=path)
    for unit, year in collected.tables():
        path = path_of(unit, year)
        if path not in ours:
            continue
        table = source.table(path, unit, year, as_known=size, tree=tree_day(year, collected))
        require_same(path, table or b"", ours[path])
    report.holds(f.TABLES_HOLD, count=len(ours))


def _books(
    journals: dict[Program, IO[bytes]], checked: CheckedLog, ledger: Scratch, pool: Any, report: Report
) -> None:
    if not journals:
        report.leaves(f.NO_BOOKS)
        return
    size, root = checked.checkpoint.size, checked.checkpoint.root
    for program, there in journals.items():
        ledger.run(books.compare(pool, program, there, size, root))
    report.holds(f.BOOKS_HOLD, programs=list(journals))
