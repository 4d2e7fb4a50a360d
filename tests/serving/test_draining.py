"""SIGTERM breaks nobody off: who was let in is answered, who comes later is refused."""

import http.client
import signal
import socket
import threading
from pathlib import Path

import httpx
import psutil
import pytest

from serving.draining import HUNG_EXIT_CODE
from tests.servers import start_postgres
from tests.serving.running_api import eventually
from tests.serving.serve_command import ServeCommand
from tests.serving.shops import purchase

_REQUEST = b"GET /livez HTTP/1.1\r\nHost: shop\r\n%b\r\n"


class Caller(threading.Thread):
    """Asks again and again until nobody listens any more; ``outcomes`` are the ways in which that went."""

    def __init__(self, port: int, *, keeps_open: bool) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._header = b"" if keeps_open else b"Connection: close\r\n"
        self.outcomes: set[str] = set()

    def run(self) -> None:
        while "refused" not in self.outcomes:
            try:
                connection = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            except ConnectionRefusedError:
                self.outcomes.add("refused")
            else:
                with connection:
                    self._ask_on(connection)

    def _ask_on(self, connection: socket.socket) -> None:
        is_open = True
        while is_open:
            try:
                connection.sendall(_REQUEST % self._header)
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.outcomes.add(type(error).__name__)
                return
            self.outcomes.add(str(answer.status))
            is_open = not answer.will_close


@pytest.mark.parametrize(("workers", "whole_group"), [("1", False), ("2", False), ("2", True)])
def test_nobody_who_was_let_in_is_broken_off(tmp_path: Path, workers: str, *, whole_group: bool) -> None:
    with ServeCommand(tmp_path, "--workers", workers, "--no-access-log") as served:
        port = int(served.url.rpartition(":")[2])
        callers = [Caller(port, keeps_open=bool(number % 2)) for number in range(16)]
        for caller in callers:
            caller.start()
        eventually(lambda: all("200" in caller.outcomes for caller in callers), what="all are answered")
        if whole_group:  # as systemd does
            for child in psutil.Process(served.process.pid).children():
                child.terminate()
        assert served.stop() == 0
        for caller in callers:
            caller.join(timeout=60)
    assert [caller.outcomes for caller in callers] == [{"200", "refused"}] * 16


def test_an_open_connection_is_answered_once_more_and_told_to_close(tmp_path: Path) -> None:
    with ServeCommand(tmp_path, "--no-access-log") as served:
        port = int(served.url.rpartition(":")[2])
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        kept.request("GET", "/livez")
        first = kept.getresponse()
        first.read()
        assert not first.will_close
        served.process.send_signal(signal.SIGTERM)
        eventually(lambda: _is_refused(port), what="it stops listening")
        kept.request("GET", "/livez")
        last = kept.getresponse()
        assert (last.status, last.will_close, last.read()) == (200, True, b'{"live":true}')
        kept.close()
        assert served.process.wait(timeout=60) == 0


def test_a_process_ends_although_its_log_hangs(tmp_path: Path) -> None:
    postgres = start_postgres()
    frozen: list[psutil.Process] = []
    try:
        variables = {"RAPPORT_DATABASE_URL": postgres.fresh_database(), "RAPPORT_DRAIN_SECONDS": "1"}
        variables["RAPPORT_AUTH_DISABLED"] = "true"
        with ServeCommand(tmp_path, "--no-access-log", **variables) as served:
            postmaster = psutil.Process(postgres.pid)
            frozen = [postmaster, *postmaster.children(recursive=True)]
            for process in frozen:
                process.suspend()
            with pytest.raises(httpx.ReadTimeout):
                httpx.post(f"{served.url}/v1/events", json=purchase("ann", "mug"), timeout=1)
            assert served.stop() == HUNG_EXIT_CODE
            assert "ends although a part behind it hangs" in served.errors()
    finally:
        for process in frozen:
            process.resume()
        postgres.stop()


def _is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=30).close()
    except ConnectionRefusedError:
        return True
    return False
