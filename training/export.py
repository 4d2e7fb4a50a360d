"""A campaign file: every customer's best actions as of one moment, by the same ``decide()`` as over HTTP."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from recommender.candidates import Assortment
from recommender.customers import CustomerState, FoldedCustomers, fold_columns
from recommender.decisions import DecisionRequest
from recommender.errors import InvalidRequestError, NotEnoughDataError
from recommender.models import FittedModels
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.export_parts import ExportFormat, PartsFolder
from training.export_rows import Exporter, Tally

Progress = Callable[[int, int], None]
"""Called with the customers done and the customers in all."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export.

    Attributes
    ----------
    out, file_format
        Where to and as what.
    decision
        Kinds of actions and how many per customer.
    as_of
        Decide as if it were then, from events before it; ``None``: from everything, now.
    audience
        Customers to decide for; ``None``: everybody who ever ordered. Unknown ones get what is popular.
    workers
        Threads, at least 1.
    block
        Customers per part, at least 1.
    """

    out: Path
    file_format: ExportFormat
    decision: DecisionRequest = field(default_factory=DecisionRequest)
    as_of: datetime | None = None
    audience: tuple[CustomerId, ...] | None = None
    workers: int = 1
    block: int = 1_000


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export holds.

    Attributes
    ----------
    customers
        Customers decided for.
    tally
        Actions, cold customers, and customers without any action.
    reused
        Customers whose part an interrupted export had finished.
    as_of
        The moment of the decisions.
    message
        What became of an interrupted export's parts; empty when there was none.
    """

    customers: int
    tally: Tally
    reused: int
    as_of: datetime
    message: str

    @property
    def without(self) -> Counter[str]:
        """Customers without any action, by the gate that kept most of their candidates out."""
        return self.tally.without


@dataclass(frozen=True, slots=True)
class _Customers:
    """Who is exported: every id with its row among the folded states, -1 when the log has no order of theirs."""

    ids: tuple[CustomerId, ...]
    rows: tuple[int, ...]
    folded: FoldedCustomers

    def state(self, at: int) -> CustomerState:
        row = self.rows[at]
        return CustomerState.empty() if row < 0 else self.folded.state(row)

    def version(self, at: int) -> int:
        row = self.rows[at]
        return 0 if row < 0 else int(self.folded.versions[row])


def export(
    log: EventLog,
    models: FittedModels,
    assortment: Assortment,
    request: ExportRequest,
    *,
    now: datetime,
    progress: Progress = lambda _done, _total: None,
) -> ExportSummary:
    """Write a campaign file; an interrupted call is continued by the same call.

    Parameters
    ----------
    log
        Whose customers.
    models, assortment
        What decides; the catalogue is the one of now.
    request
        What to export.
    now
        The present.
    progress
        Told at the start and after every part.

    Raises
    ------
    InvalidRequestError
        When the request cannot be decided, or ``out`` cannot be written.
    NotEnoughDataError
        When there is no customer to decide for.
    """
    request.decision.check()
    check_out(request.out)
    customers = _customers(log, request)
    try:
        folder = PartsFolder.open(
            request.out,
            _parameters(request, assortment, customers.ids),
            now if request.as_of is None else request.as_of,
            is_now_fixed=request.as_of is not None,
        )
        exporter = Exporter(models, assortment, request.decision, int(folder.now.timestamp()))
        return _run(exporter, folder, customers, request, progress)
    except OSError as error:
        raise InvalidRequestError(
            f"{request.out} cannot be written",
            found=str(error),
            remedy="make room, then run the same command again",
        ) from error


def _run(
    exporter: Exporter,
    folder: PartsFolder,
    customers: _Customers,
    request: ExportRequest,
    progress: Progress,
) -> ExportSummary:
    tally, reused, done, total = Tally(), 0, 0, len(customers.ids)
    blocks = [range(start, min(start + request.block, total)) for start in range(0, total, request.block)]
    paths = [_part_path(folder, customers, number, block) for number, block in enumerate(blocks)]
    finished = [path.exists() for path in paths]
    progress(0, total)
    for block, part, was_there in zip(
        blocks,
        _parts(exporter, folder, customers, zip(blocks, paths, strict=True), request.workers),
        finished,
        strict=True,
    ):
        tally.add(part)
        done += len(block)
        reused += len(block) if was_there else 0
        progress(done, total)
    folder.join(paths, request.out, request.file_format)
    return ExportSummary(total, tally, reused, folder.now, folder.message)


def _parts(
    exporter: Exporter,
    folder: PartsFolder,
    customers: _Customers,
    blocks: Iterator[tuple[range, Path]],
    workers: int,
) -> Iterator[Tally]:
    """Yield the counts of every part, in order, each written by then."""

    def write(task: tuple[range, Path]) -> Tally:
        block, path = task
        if path.exists():
            return Tally.from_json(folder.note_of(path))
        ids = [customers.ids[at] for at in block]
        rows, tally = exporter.rows(ids, [customers.state(at) for at in block])
        folder.write_part(path, rows, tally.to_json())
        return tally

    pool = ThreadPoolExecutor(workers, thread_name_prefix="export")
    try:
        yield from pool.map(write, blocks)
    finally:
        pool.shutdown(cancel_futures=True)


def _part_path(folder: PartsFolder, customers: _Customers, number: int, block: range) -> Path:
    ids = [customers.ids[at] for at in block]
    return folder.part_path(number, ids, [customers.version(at) for at in block])


def _customers(log: EventLog, request: ExportRequest) -> _Customers:
    logged = log.order_lines(until=request.as_of, customers=request.audience)
    folded = fold_columns(logged.lines, logged.customer_ids, logged.customer_versions)
    if request.audience is None:
        ids = tuple(logged.customer_ids)
        rows = tuple(range(len(ids)))
    else:
        ids = request.audience
        row_of = {customer: row for row, customer in enumerate(logged.customer_ids)}
        rows = tuple(row_of.get(customer, -1) for customer in ids)
    if not ids:
        raise NotEnoughDataError(
            "there is no customer to export",
            expected="orders of a known customer"
            + ("" if request.as_of is None else f" before {request.as_of}"),
            remedy="load some with `rapport ingest SOURCE`",
        )
    return _Customers(ids, rows, folded)


def _parameters(request: ExportRequest, assortment: Assortment, ids: Sequence[CustomerId]) -> dict[str, str]:
    """Return what decides the content of the file; the format does not, it only matters when parts are joined."""
    return {
        "actions": ",".join(request.decision.kinds),
        "k": str(request.decision.k),
        "model": assortment.model_version,
        "catalogue": str(assortment.catalogue.version),
        "customers": "all" if request.audience is None else sha256("\0".join(ids).encode()).hexdigest(),
    }


def check_out(out: Path) -> Path:
    """Return the path itself when a file can be written there.

    Raises
    ------
    InvalidRequestError
        When it is a folder, or its folder does not exist.
    """
    if out.is_dir() or not out.absolute().parent.is_dir():
        raise InvalidRequestError(
            f"{out} cannot be written",
            expected="a file in a folder that exists",
            found="a folder" if out.is_dir() else f"no folder {out.absolute().parent}",
        )
    return out
