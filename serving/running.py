"""Running the API: one process, or a parent with several workers that share one socket.

The parent of several workers keeps the private Valkey server alive while workers come and go. SIGTERM and Ctrl-C
stop listening, finish what is under way (:mod:`serving.draining`), write the receipts, and end with exit code 0.
"""

import errno
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from recommender.engine.home import Home
from recommender.engine.opening import open_log
from recommender.errors import InvalidRequestError, UnavailableError
from recommender.storage.valkey_server import PrivateValkey
from serving.settings import ServingSettings

APP = "serving.app:create_app_from_environment"
BACKLOG = 2048
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it


def run_server(settings: ServingSettings, say: Callable[[str], object]) -> None:
    """Serve until a signal comes.

    Parameters
    ----------
    settings
        Address, workers, and everything the workers read again from the environment.
    say
        Prints a line for the person who started it.

    Raises
    ------
    InvalidRequestError
        The address or port cannot be used.
    UnavailableError
        The log or the private Valkey server cannot be opened, or a worker cannot start.
    """
    home = settings.home_folder()
    has_keys = _check_log(settings)
    with ExitStack() as stack:
        listener = stack.enter_context(listen(settings.host, settings.port))
        os.environ["RAPPORT_ACCESS_LOG"] = str(settings.access_log)
        if settings.workers > 1:
            stack.enter_context(metrics_folder(home))
            stack.enter_context(_private_state(settings, home))
        say(f"Rapport serves {home.root} at {_url(listener)}")
        say(f"Documentation: {_url(listener)}/docs")
        say("Requests wait until it is warm; the first start of an installation compiles for about a minute.")
        for line in _warnings(settings, has_keys=has_keys):
            say(line)
        _serve(settings, listener)


def _check_log(settings: ServingSettings) -> bool:
    """Open the log once before any worker does: its tables are made, and an error is one clear line."""
    log = open_log(settings)
    try:
        records = log.keys()
        return any(record.revoked_at is None for record in records)
    finally:
        log.close()


def _warnings(settings: ServingSettings, *, has_keys: bool) -> Iterator[str]:
    if settings.clock_starts_at is not None:
        yield f"The clock starts at {settings.clock_starts_at.isoformat()} (RAPPORT_CLOCK_STARTS_AT)."
    if settings.auth_disabled:
        yield "Keys are switched off (RAPPORT_AUTH_DISABLED): everyone who reaches this port may do everything."
    elif not has_keys:
        yield "There are no API keys yet: rapport keys create --scope server --name shop"


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address; connections wait until a worker takes them.

    Raises
    ------
    InvalidRequestError
        The port is taken, may not be used, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise _cannot_listen(host, port, error) from error
        listener.set_inheritable(True)
        yield listener


def _cannot_listen(host: str, port: int, error: OSError) -> InvalidRequestError:
    if error.errno == errno.EADDRINUSE:
        return InvalidRequestError(
            f"port {port} is already in use",
            expected="a free port",
            remedy=f"stop what uses it, or take --port {port + 1}",
        )
    return InvalidRequestError(
        f"{host}:{port} cannot be used",
        expected="an address of this machine and a port that you may use",
        found=error.strerror or str(error),
        remedy="choose another with --host and --port",
    )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def metrics_folder(home: Home) -> Iterator[Path]:
    """Give the workers a folder of their own in which they share their metrics.

    It is in memory where the system has a place for that: they write into mapped files, and where a disk is full the
    kernel ends who does so.
    """
    is_there = os.access(SHARED_MEMORY, os.W_OK | os.X_OK)
    folder = Path(tempfile.mkdtemp(prefix="rapport-metrics-", dir=SHARED_MEMORY if is_there else home.run))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    try:
        yield folder
    finally:
        del os.environ["PROMETHEUS_MULTIPROC_DIR"]
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _private_state(settings: ServingSettings, home: Home) -> Iterator[None]:
    """Be one of the users of the private Valkey server, so that it outlives each single worker."""
    if settings.redis_url is not None:
        yield
        return
    private = PrivateValkey(home.root)
    private.start()
    try:
        yield
    finally:
        private.stop()


def _serve(settings: ServingSettings, listener: socket.socket) -> None:
    from uvicorn import Config

    from serving.draining import DrainingServer, DrainingWorkers

    config = Config(
        APP,
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.drain_seconds,
        timeout_worker_healthcheck=30,
    )
    if settings.workers > 1:
        DrainingWorkers(config, sockets=[listener]).run()
        return
    try:
        with _quiet_signals():
            DrainingServer(config).run(sockets=[listener])
    except SystemExit as error:
        raise UnavailableError("the API could not start", remedy="the lines above say why") from error


@contextmanager
def _quiet_signals() -> Iterator[None]:
    """Let uvicorn re-raise the signal that stopped it without ending us before everything is put away."""
    before = {number: signal.signal(number, lambda *_: None) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
