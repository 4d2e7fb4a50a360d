"""``rapport simulate``: what a playbook would have said, over the real log."""

import enum
import functools
import tempfile
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from recommender.storage.log import EventLog
    from recommender.types import CustomerId
    from training.simulate.job import Job
    from training.simulate.report import SimulationReport
    from training.simulate.workers import Workers


class SimulationFormat(enum.StrEnum):
    """How the result is printed."""

    TABLE = "table"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to ``rapport``."""
    app.command()(simulate)


def simulate(  # noqa: PLR0913  # one parameter per option
    *,
    playbook: Annotated[Path, typer.Option(help="The playbook to try.")],
    days: Annotated[int, typer.Option(min=1, max=3_660, help="How many days.")] = 90,
    against: Annotated[
        Path | None,
        typer.Option(help="What to compare with; the home's playbook when left out.", show_default=False),
    ] = None,
    begins: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="The first day in the playbook's zone, or a time on it; else the days end with the last purchase.",
            show_default=False,
        ),
    ] = None,
    at: Annotated[
        str, typer.Option(help="The time of day at which it is decided, in the playbook's zone.")
    ] = "10:00",
    channel: Annotated[
        list[str] | None,
        typer.Option(
            help="Ask on this channel, in this order; the outbound ones when left out.", show_default=False
        ),
    ] = None,
    customers: Annotated[
        str | None,
        typer.Option(
            help="A file of customer ids, or how many to draw; everybody when left out.", show_default=False
        ),
    ] = None,
    k: Annotated[int, typer.Option("--k", min=1, max=100, help="Most actions of one contact.")] = 1,
    accept_by_propensity: Annotated[
        int | None,
        typer.Option(help="Draw responses from the propensities, with this seed.", show_default=False, min=0),
    ] = None,
    model: Annotated[
        str, typer.Option(help="Version or alias of the model that ranks products.")
    ] = "champion",
    file_format: Annotated[SimulationFormat, typer.Option("--format", help="Tables to read, or JSON.")] = (
        SimulationFormat.TABLE
    ),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the JSON result here.", show_default=False)
    ] = None,
    contacts: Annotated[
        Path | None,
        typer.Option(
            help="Also write everything that is told, a row each: .csv or .jsonl.", show_default=False
        ),
    ] = None,
    contacts_against: Annotated[
        Path | None,
        typer.Option(
            help="The same of what the playbook that it is compared with tells.", show_default=False
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; as many as processors when left out.")
    ] = None,
) -> None:
    """Try a playbook on the past: who would have been told what on each day, and how that differs from now.

    The decisions are those of the API, each from what was known before its day. Nothing is written to the log.
    """
    from training.processors import all_processors
    from training.simulate.workers import Workers

    _refuse_nobody(customers)
    # They load the program while this process does, too.
    with Workers(1 if _are_few(customers) else workers or all_processors()) as hands:
        from recommender.storage.clock import utc_now
        from training.out_files import check_out
        from training.simulate.job import Job
        from training.times import parse_day, refuse_future

        first = None if begins is None else parse_day(begins, option="--from")
        if first is not None:
            refuse_future(first, utc_now(), option="--from")
        if json_file is not None:
            check_out(json_file)
        job = Job(
            playbook=playbook,
            against=against,
            days=days,
            begins=first,
            at=_time(at),
            channels=tuple(channel or ()),
            k=k,
            accept_seed=accept_by_propensity,
            model=model,
            contacts=_checked(contacts, "--contacts"),
            contacts_against=_checked(contacts_against, "--contacts-against"),
        )
        report = _run(job, customers, hands)
    _print(report, file_format, json_file)


def _checked(path: Path | None, option: str) -> Path | None:
    from training.simulate.contacts_file import check_contacts_file

    return None if path is None else check_contacts_file(path, option=option)


def _refuse_nobody(customers: str | None) -> None:
    """Raise for a number of customers that draws none; what is no number is a file."""
    from recommender.errors import InvalidRequestError

    if customers is None or not customers.removeprefix("-").isdecimal() or int(customers) > 0:
        return
    raise InvalidRequestError(
        "--customers draws nobody",
        expected="how many to draw, above 0, or a file of customer ids",
        found=customers,
        remedy="write --customers 1000, or leave it out for everybody",
    )


def _are_few(customers: str | None) -> bool:
    """Whether one process has them all to itself."""
    from training.simulate.plan import CUSTOMERS_PER_TASK

    return customers is not None and customers.isdecimal() and int(customers) <= CUSTOMERS_PER_TASK


def _time(text: str) -> time:
    from recommender.errors import InvalidRequestError

    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise InvalidRequestError(
            "--at is no time of day", expected="hours and minutes (10:00)", found=repr(text)
        )
    return found


def _run(job: "Job", customers: str | None, hands: "Workers") -> "SimulationReport":
    from training.console import progress_bar
    from training.installation import Installation

    installation = Installation.named()
    with (
        installation.open_log() as log,
        tempfile.TemporaryDirectory(dir=installation.home.run) as folder,
        progress_bar() as bar,
    ):
        bar.add_task("getting ready (compiles once per installation)", total=None)
        who = _who(log, customers)
        progress = functools.partial(_advance, bar)
        return job.run(installation, log, who, Path(folder), workers=hands, progress=progress)


def _advance(bar: "Progress", done: int, total: int) -> None:
    if done:
        bar.update(bar.task_ids[0], description="simulating customers", completed=done, total=total)
    else:
        bar.update(bar.task_ids[0], total=total)


def _who(log: "EventLog", asked: str | None) -> "list[CustomerId]":
    from training.console import say
    from training.customer_files import read_audience, refuse_headless
    from training.simulate.preparing import known_among, sampled

    if asked is None or asked.isdecimal():
        return sampled(log, None if asked is None else int(asked))
    audience = read_audience(Path(asked))
    refuse_headless(audience, Path(asked), lambda customer: log.version_of(customer) > 0)
    known, unknown = known_among(log, audience.customers)
    if unknown:
        say(f"The log does not know {unknown:,} of {len(audience.customers):,} customers: they are left out.")
    return known


def _print(report: "SimulationReport", file_format: SimulationFormat, json_file: Path | None) -> None:
    import msgspec

    from training.console import console
    from training.simulate.tables import parts_of

    content = msgspec.json.format(msgspec.json.encode(report), indent=2)
    if file_format is SimulationFormat.JSON:
        typer.echo(content.decode())
    else:
        printer = console()
        for part in parts_of(report):
            printer.print(part, markup=False)
            printer.print()
    if json_file is not None:
        json_file.write_bytes(content + b"\n")
