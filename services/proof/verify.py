"""The whole check, in order: the log, its witnesses, the figures printed, the tables folded anew."""

import gc
from collections.abc import Callable
from contextlib import ExitStack

from events.log.entry import Entry
from events.proof.notes import NoteError, VerifierKey
from events.proof.policy import Policy
from services.proof.logcheck import CheckedLog, check_log
from services.proof.report import Report, WrongError
from services.proof.scratch import Scratch, scratch
from services.proof.sources import Source
from services.proof.tables import PUBLISHED, computed, differing_line, path_of, tree_day

LIMITS = (
    "that an event is true, and that none was withheld before it was recorded, no log can prove",
    "sealed fields were not opened, and are not needed",
)


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

        def refold(position: int, entry: Entry, raw: bytes) -> None:
            if not ledgers:  # not before the first entry proves to be ours
                ledgers.append(ending.enter_context(scratch()))
            ledgers[0].take(position, entry, raw)

        gc.disable()  # a million events stay in memory; looking for cycles among them costs half the time
        ending.callback(gc.enable)
        try:
            checked = check_log(source, key, report, progress=progress, taker=refold if tables else None)
            _witnesses(checked, policy, report)
            if checked.ours:
                _published(source, checked, report)
                if ledgers:
                    _tables(source, checked, ledgers[0], report)
                elif checked.checkpoint.size:
                    report.unchecked.append("the tables were not folded anew")
        except WrongError as wrong:
            report.wrong = wrong
    report.unchecked += LIMITS
    return report


def _witnesses(checked: CheckedLog, policy: Policy | None, report: Report) -> None:
    if policy is None:
        report.unchecked.append("no policy was given: whether others see the same log was not asked")
        return
    if policy.logs and not set(policy.logs) & set(checked.vkeys):
        raise WrongError("the policy is about another log")
    try:
        cosigners = policy.cosigners(checked.note)
    except NoteError as e:
        raise WrongError(f"the checkpoint: {e}") from e
    names = ", ".join(cosigners) or "nobody"
    if not policy.satisfied(cosigners):
        raise WrongError(f"cosigned by {names}: not enough for the policy's quorum, {policy.quorum}")
    report.held.append(f"cosigned by {names}, of {len(policy.witnesses)} witnesses; the policy holds")


def _published(source: Source, checked: CheckedLog, report: Report) -> None:
    there = source.read(PUBLISHED)
    if there is None:
        if source.tables() is not None:
            report.unchecked.append(f"there is no {PUBLISHED}")
    elif there != (ours := checked.collected.published().encode()):
        raise WrongError(f"{PUBLISHED}: {differing_line(there, ours)}")
    else:
        report.held.append("the printed figures are those of the entries")


def _tables(source: Source, checked: CheckedLog, ledger: Scratch, report: Report) -> None:
    collected, size = checked.collected, checked.checkpoint.size
    ours = ledger.run(computed(ledger.fold(), collected, size))
    there = source.tables()
    if there == [] and source.read(PUBLISHED) is None:  # just the log, not a bundle of ours
        report.unchecked.append("there are no tables here to compare")
        return
    if there is not None and (strange := set(there) ^ set(ours)):
        path = min(strange)
        raise WrongError(f"{path} is {'missing' if path in ours else 'not a table the entries call for'}")
    for unit, year in collected.tables():
        path = path_of(unit, year)
        if path not in ours:
            continue
        table = source.table(path, unit, year, as_known=size, tree=tree_day(year, collected))
        if table != ours[path]:
            raise WrongError(f"{path}: {differing_line(table or b'', ours[path])}")
    report.held.append(f"{len(ours)} yearly tables, folded anew from the entries, are equal to the byte")
