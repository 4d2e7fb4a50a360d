"""A campaign file: every customer's best actions as of one moment, by the same ``decide()`` as over HTTP."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from recommender.actions.repertoire import repertoire_of
from recommender.candidates import Assortment
from recommender.contacts.unsubscribing import PURPOSE, WaysOut
from recommender.customers import CustomerState
from recommender.decisions import DecisionRequest
from recommender.engine.deciding import engine_version
from recommender.engine.grounds import Grounds
from recommender.errors import InvalidRequestError
from recommender.models import FittedModels
from recommender.playbook.conditions import CompiledCondition
from recommender.playbook.reading import default_playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.export_actions import AudienceTest, PlaybookExporter, RowMaker
from training.export_customers import Customers, Wanted, buyers_in, has_linked, known_customers_in
from training.export_left_out import left_out_path, left_out_table
from training.export_lock import writing_alone
from training.export_parts import ExportFormat, PartsFolder, format_of, join_parts
from training.export_rows import Exporter
from training.export_tally import Tally
from training.out_files import replaceable

PARTS: Final = "the parts of exports"
"""What the key is for that tells the parts of one log from those of another."""

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
        Customers to decide for; ``None``: everybody who ever ordered, under a playbook everybody who is known. Unknown
        ones get what is popular.
    condition
        Who of them, by what is known of each; ``None``: all.
    public_url
        Where the world reaches the API; with an outbound channel every row then has a link to unsubscribe.
    workers
        Threads, at least 1.
    block
        Customers per part, at least 1.
    left_out
        File to list those in to whom nothing is said, each with the reason; ``None``: they are only counted.
    bundle
        Digest of the bundle that decides; two registries number their versions alike. Empty where there is none.
    """

    out: Path
    file_format: ExportFormat
    decision: DecisionRequest = field(default_factory=DecisionRequest)
    as_of: datetime | None = None
    audience: tuple[CustomerId, ...] | None = None
    condition: CompiledCondition | None = None
    public_url: str | None = None
    workers: int = 1
    block: int = 1_000
    left_out: Path | None = None
    bundle: str = ""


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
    erased
        Customers who were asked for by name and had been erased: nothing is decided for them.
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
    erased: int = 0

    @property
    def without(self) -> Counter[str]:
        """Customers without any action, by the gate that kept most of their candidates out."""
        return self.tally.without


def export(  # noqa: PLR0913  # the whole world of a campaign, each part by its name
    log: EventLog,
    models: FittedModels,
    assortment: Assortment,
    request: ExportRequest,
    *,
    now: datetime,
    grounds: Grounds | None = None,
    progress: Progress = lambda _done, _total: None,
) -> ExportSummary:
    """Write a campaign file; an interrupted call is continued by the same call.

    Under a playbook consent, contact limits and quiet hours of the request's channel are applied as of the moment of the
    decisions. Nothing is reserved and no receipt is written: it is a preview, and whoever sends asks again.

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
    grounds
        The playbook over the catalogue of the assortment; ``None``: there is none.
    progress
        Told at the start and after every part.

    Raises
    ------
    InvalidRequestError
        When the request cannot be decided, ``out`` cannot be written, or another export writes it.
    NotEnoughDataError
        When there is no customer to decide for.
    """
    named = request.audience
    request = _placed(_without_erased(log, request))
    world = _World(log, models, assortment, grounds, request)
    world.check()
    customers = world.customers()
    try:
        with writing_alone(request.out):
            folder = PartsFolder.open(
                request.out,
                world.parameters(customers.ids),
                now if request.as_of is None else request.as_of,
                is_now_fixed=request.as_of is not None,
            )
            summary = _run(world.writer(folder, customers), request, progress)
    except OSError as error:
        raise InvalidRequestError(
            f"{request.out} cannot be written",
            found=str(error),
            remedy="make room or let this user write there, then run the same command again",
        ) from error
    return replace(summary, erased=len(named or ()) - len(request.audience or ()))


def _without_erased(log: EventLog, request: ExportRequest) -> ExportRequest:
    """Return a request that names nobody who was erased: nothing is known of them, so they would get what is popular."""
    if request.audience is None:
        return request
    gone = log.erasures.among(request.audience)
    return replace(request, audience=tuple(one for one in request.audience if one not in gone))


@dataclass(frozen=True, slots=True)
class _World:
    """Everything that an export is made from."""

    log: EventLog
    models: FittedModels
    assortment: Assortment
    grounds: Grounds | None
    request: ExportRequest

    @property
    def is_declared(self) -> bool:
        """Whether a playbook decides."""
        return self.grounds is not None and self.grounds.repertoire is not None

    def check(self) -> None:
        """Refuse what cannot be decided, before anything is written."""
        decision = self.request.decision.check()
        if decision.channel is None:
            return
        if self.grounds is None or self.grounds.repertoire is None:
            raise InvalidRequestError(
                "a channel says nothing without a playbook",
                expected="a playbook that declares channels, consent and contact limits",
                found=f"--channel {decision.channel[:80]}",
                remedy="begin with: rapport playbook example jeweller; or leave --channel out",
            )
        from recommender.decisions.acting import channel_of
        from recommender.decisions.prepared import prepared

        channel_of(decision, prepared(self.grounds.repertoire, self.assortment))

    def customers(self) -> Customers:
        """Return who may be exported; orders alone are read where nothing else is asked of anybody."""
        request = self.request
        wanted = Wanted(request.as_of, request.audience, () if self.grounds is None else self.grounds.planned)
        if self.is_declared or request.condition is not None or has_linked(self.log, wanted):
            return known_customers_in(self.log, wanted)
        return buyers_in(self.log, wanted)

    def parameters(self, ids: Sequence[CustomerId]) -> dict[str, str]:
        """Return what decides the content of the file; the format does not, it only matters when parts are joined."""
        request, decision = self.request, self.request.decision
        kinds = "all" if self.is_declared and decision.actions is None else ",".join(decision.kinds)
        named = "all" if request.audience is None else sha256("\0".join(ids).encode()).hexdigest()
        asked = {
            "actions": kinds,
            "k": str(decision.k),
            "home": sha256(self.log.key_for(PARTS)).hexdigest(),
            "engine": engine_version(),
            "model": self.assortment.model_version,
            "bundle": request.bundle,
            "catalogue": str(self.assortment.catalogue.version),
            "customers": named,
        }
        if self.grounds is not None and self.is_declared:
            asked |= {"playbook": self.grounds.playbook.version, "channel": decision.channel or ""}
        if (ways_out := self._ways_out()) is not None:
            asked["public_url"] = ways_out.public_url
        return asked if request.condition is None else {**asked, "audience": request.condition.text}

    def writer(self, folder: PartsFolder, customers: Customers) -> "_Writer":
        """Return what writes the parts of a folder."""
        now_s = int(folder.now.timestamp())
        lists = self.request.left_out is not None
        return _Writer(self._row_maker(now_s), self._test(now_s), folder, customers, lists_left_out=lists)

    def _row_maker(self, now_s: int) -> RowMaker:
        repertoire = None if self.grounds is None else self.grounds.repertoire
        decision = self.request.decision
        if repertoire is None:
            return Exporter(self.models, self.assortment, decision, now_s)
        return PlaybookExporter(
            self.models, self.assortment, repertoire, decision, now_s, self.log.seed_of, self._ways_out()
        )

    def _ways_out(self) -> WaysOut | None:
        if self.grounds is None:
            return None
        key = self.log.key_for(PURPOSE)
        return WaysOut.of(self.request.public_url, key, self.grounds.playbook, self.request.decision.channel)

    def _test(self, now_s: int) -> AudienceTest | None:
        condition = self.request.condition
        if condition is None:
            return None
        repertoire = None if self.grounds is None else self.grounds.repertoire
        if repertoire is None:
            # No unit is under a plan then; all other words of a condition mean the same.
            repertoire = repertoire_of(default_playbook(), self.assortment.catalogue)
        return AudienceTest(condition, repertoire, now_s, self.request.decision.channel)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Decides for blocks of customers and writes their parts."""

    maker: RowMaker
    is_asked: AudienceTest | None
    folder: PartsFolder
    customers: Customers
    lists_left_out: bool

    def is_written(self, path: Path) -> bool:
        """Whether a part is there, with those whom it leaves out where they are asked for."""
        return path.exists() and (not self.lists_left_out or left_out_path(path).exists())

    def path(self, number: int, block: range) -> Path:
        """Return where the part of a block is or will be."""
        ids = [self.customers.ids[at] for at in block]
        return self.folder.part_path(number, ids, [self.customers.version(at) for at in block])

    def write(self, block: range, path: Path) -> Tally:
        """Write the part of a block, unless it is there; return its counts."""
        if self.is_written(path):
            return Tally.from_json(self.folder.note_of(path))
        ids: list[CustomerId] = []
        states: list[CustomerState] = []
        for at, state in zip(block, self.customers.states(block), strict=True):
            if state is not None and (self.is_asked is None or self.is_asked(state)):
                ids.append(self.customers.ids[at])
                states.append(state)
        made = self.maker.rows(ids, states)
        made.tally.outside = len(block) - len(ids)
        if self.lists_left_out:
            self.folder.write_part(left_out_path(path), left_out_table(made.left_out), "")
        self.folder.write_part(path, made.rows, made.tally.to_json())
        return made.tally


def _run(writer: _Writer, request: ExportRequest, progress: Progress) -> ExportSummary:
    folder = writer.folder
    tally, reused, done, total = Tally(), 0, 0, len(writer.customers.ids)
    blocks = [range(start, min(start + request.block, total)) for start in range(0, total, request.block)]
    paths = [writer.path(number, block) for number, block in enumerate(blocks)]
    finished = [writer.is_written(path) for path in paths]
    progress(0, total)
    parts = _parts(writer, zip(blocks, paths, strict=True), request.workers)
    for block, part, was_there in zip(blocks, parts, finished, strict=True):
        tally.add(part)
        done += len(block)
        reused += len(block) if was_there else 0
        progress(done, total)
    if request.left_out is not None:
        _list_left_out(paths, request.left_out)
    folder.join(paths, request.out, request.file_format)
    return ExportSummary(total - tally.outside, tally, reused, folder.now, folder.message)


def _list_left_out(parts: Sequence[Path], out: Path) -> None:
    started = out.with_name(f"{out.name}.{os.getpid()}.writing")
    try:
        join_parts([left_out_path(part) for part in parts], started, out, format_of(out, None))
    finally:
        started.unlink(missing_ok=True)


def _parts(writer: _Writer, blocks: Iterator[tuple[range, Path]], workers: int) -> Iterator[Tally]:
    """Yield the counts of every part, in order, each written by then."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="export")
    try:
        yield from pool.map(lambda task: writer.write(*task), blocks)
    finally:
        pool.shutdown(cancel_futures=True)


def _placed(request: ExportRequest) -> ExportRequest:
    """Return the request with the files themselves where links are named; two different ones."""
    out, left_out = replaceable(request.out), request.left_out
    if left_out is None:
        return replace(request, out=out)
    format_of(left_out, None)
    left_out = replaceable(left_out)
    if left_out.absolute() == out.absolute():
        raise InvalidRequestError(
            "the campaign and who is left out cannot be one file",
            expected="two files",
            found=str(out),
            remedy="choose another file for --left-out",
        )
    return replace(request, out=out, left_out=left_out)
