"""The private server of a home: started, adopted, restarted, left; two homes never meet."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from recommender.storage.valkey_files import SOCKET_PATH_BYTES
from recommender.storage.valkey_server import PrivateValkey

Opening = Callable[[Path], PrivateValkey]


@pytest.fixture
def opening() -> Iterator[Opening]:
    """Return a function that starts a server and stops it after the test."""
    opened: list[PrivateValkey] = []

    def start(home: Path) -> PrivateValkey:
        server = PrivateValkey(home)
        server.start()
        opened.append(server)
        return server

    yield start
    for server in opened:
        server.stop()


def command(server: PrivateValkey, *arguments: object) -> object:
    client: Any = Redis.from_url(server.url)
    try:
        return client.execute_command(*arguments)
    finally:
        client.close()


@pytest.mark.parametrize("name", ["shop", 'a shop\'s "home" #1', "läden", "long/" * 50])
def test_it_answers_on_a_private_socket_without_a_port(opening: Opening, tmp_path: Path, name: str) -> None:
    server = opening(tmp_path / name)
    assert command(server, "PING")
    assert command(server, "CONFIG", "GET", "port") == {b"port": b"0"}
    assert command(server, "CONFIG", "GET", "appendonly") == {b"appendonly": b"yes"}
    socket = Path(server._files.socket)
    assert len(os.fsencode(socket)) <= SOCKET_PATH_BYTES
    assert socket.stat().st_mode & 0o077 == 0
    assert socket.parent.stat().st_mode & 0o077 == 0


def test_the_second_user_adopts_and_the_last_one_stops_it(tmp_path: Path) -> None:
    first, second = PrivateValkey(tmp_path), PrivateValkey(tmp_path)
    assert first.start() == second.start()
    pid = first.pid()
    first.stop()
    assert second.is_running()
    assert second.pid() == pid
    second.stop()
    assert not second.is_running()
    assert second.pid() is None


def test_starting_twice_is_starting_once_and_stopping_twice_is_harmless(tmp_path: Path) -> None:
    server = PrivateValkey(tmp_path)
    server.start()
    pid = server.pid()
    server.start()
    assert server.pid() == pid
    server.stop()
    server.stop()
    assert not server.is_running()


_USER = """
import sys
from pathlib import Path
from recommender.storage.valkey_server import PrivateValkey
PrivateValkey(Path(sys.argv[1])).start()
print("started", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def user(tmp_path: Path) -> Iterator[Callable[[], "subprocess.Popen[bytes]"]]:
    """Return a function that starts a process of its own that uses the server of the home."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def test_users_that_were_killed_do_not_count_and_the_server_ends_with_the_last(
    user: Callable[[], "subprocess.Popen[bytes]"], tmp_path: Path
) -> None:
    first, second = user(), user()
    server = PrivateValkey(tmp_path)
    pid = server.pid()
    command(server, "SET", "key", "value")
    first.kill()
    first.wait()
    assert command(server, "GET", "key") == b"value"
    assert server.pid() == pid
    second.kill()
    second.wait()
    wait_until(lambda: server.pid() is None, "the server ends with its last user")
    server.start()
    assert command(server, "GET", "key") == b"value"
    server.stop()


def test_a_user_that_comes_before_the_end_keeps_a_server(
    user: Callable[[], "subprocess.Popen[bytes]"], opening: Opening, tmp_path: Path
) -> None:
    for _ in range(3):
        killed = user()
        killed.kill()
        server = opening(tmp_path)
        killed.wait()
        assert command(server, "PING")
        server.stop()
        assert not server.is_running()


def watchers(home: Path) -> list[str]:
    found = subprocess.run(["ps", "-eww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return [line for line in found.splitlines() if "valkey_watch" in line and str(home) in line]


def test_no_watcher_outlives_what_it_watches(opening: Opening, tmp_path: Path) -> None:
    server = opening(tmp_path)
    assert len(watchers(tmp_path)) == 1
    server.stop()
    wait_until(lambda: watchers(tmp_path) == [], "the watcher ends")


def test_what_was_written_survives_a_stop(opening: Opening, tmp_path: Path) -> None:
    first = PrivateValkey(tmp_path)
    first.start()
    command(first, "SET", "key", "value")
    first.stop()
    assert command(opening(tmp_path), "GET", "key") == b"value"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_a_server_that_died_or_hangs_is_started_again(
    opening: Opening, tmp_path: Path, how: signal.Signals
) -> None:
    server = opening(tmp_path)
    pid = server.pid()
    assert pid is not None
    os.kill(pid, how)
    server.start()
    assert server.is_running()
    assert server.pid() != pid


def test_files_left_by_a_dead_server_do_not_disturb(opening: Opening, tmp_path: Path) -> None:
    server = opening(tmp_path)
    server.stop()
    server._files.pid.write_text(str(os.getpid()))
    server._files.socket.touch()
    assert opening(tmp_path).is_running()


def test_data_that_cannot_be_loaded_is_put_aside(opening: Opening, tmp_path: Path) -> None:
    server = PrivateValkey(tmp_path)
    server.start()
    command(server, "SET", "key", "value")
    server.stop()
    for file in (tmp_path / "state").rglob("*.incr.aof"):
        file.write_bytes(b"this is no append-only file")
    assert command(opening(tmp_path), "GET", "key") is None
    assert len(list(tmp_path.glob("state.refused-*"))) == 1


def test_two_homes_never_meet(opening: Opening, tmp_path: Path) -> None:
    first, second = opening(tmp_path / "a"), opening(tmp_path / "b")
    command(first, "SET", "key", "value")
    assert first.url != second.url
    assert command(second, "GET", "key") is None


def test_the_server_of_another_home_on_our_socket_is_not_adopted(opening: Opening, tmp_path: Path) -> None:
    other = opening(tmp_path / "other")
    home = tmp_path / "home"
    server = PrivateValkey(home)
    server._files.socket.symlink_to(other._files.socket)
    assert not server.is_running()
    assert opening(home).is_running()
    assert other.is_running()


def test_a_server_that_is_about_to_write_its_pid_file_has_not_given_up(tmp_path: Path) -> None:
    server = PrivateValkey(tmp_path)
    file = server._files.pid
    assert not server._gave_up(), "nothing is there yet"
    file.touch()
    assert not server._gave_up(), "it is there, and not written yet"
    file.write_text("4194305\n")  # more than any process has
    assert server._gave_up()
