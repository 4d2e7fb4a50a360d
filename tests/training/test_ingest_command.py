"""The command as a person types it, and as it dies."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recommender.storage.log import EventLog
from recommender.types import CustomerId

HEAD = "customer_id,item_id,occurred_at,quantity,order_id\n"
RUN = (
    "import sys; from recommender.engine.cli import build_app, run; from training.commands import catalog, ingest; \
app, _ = build_app([]); catalog.register(app); ingest.register(app); sys.exit(run(app))"
)


def start(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {
        **os.environ,
        "RAPPORT_HOME": str(home),
        "PYTHONPATH": path,
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "200",
    }
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=home.parent, env=environment,
    )  # fmt: skip


def rapport(home: Path, *arguments: str) -> tuple[int, str, str]:
    process = start(home, *arguments)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def events_in(home: Path) -> int:
    with EventLog.open(f"sqlite:///{home / 'log.sqlite'}") as log:
        return log.head()


def test_a_load_tells_what_it_saw_what_it_wrote_and_what_to_type_next(home: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(
        HEAD + "ann,mug,2024-01-01,1,o1\n" * 40 + "ann,mug,2024-01-01,0,o1\n"
    )
    code, out, err = rapport(home, "ingest", "orders.csv", "--timezone", "Europe/Paris")
    assert (code, err) == (0, "")
    assert "you named" not in out
    for said in ("Europe/Paris", "1 holding 40 lines, of 41 rows", "rejected 1 bad rows (2.4%), listed in orders.rejected.csv",
                 "1  quantity: is 0", "written 1 events, 0 were there already", "rapport train"):  # fmt: skip
        assert said in out
    assert (tmp_path / "orders.rejected.csv").read_text() == "line,column,value,reason\n42,quantity,0,is 0\n"
    _, out, _ = rapport(home, "ingest", "orders.csv", "--timezone", "Europe/Paris")
    assert "written 0 events, 1 were there already" in out


def test_a_load_tells_how_much_it_kept_out_of_erased_customers(home: Path, tmp_path: Path) -> None:
    lines = "ann,mug,2024-01-01,1,o1\nann,pot,2024-01-02,1,o2\nben,mug,2024-01-01,1,o3\n"
    (tmp_path / "orders.csv").write_text(HEAD + lines)
    assert rapport(home, "ingest", "orders.csv")[0] == 0
    with EventLog.open(f"sqlite:///{home / 'log.sqlite'}") as log:
        log.erasures.erase(CustomerId("ann"))
    code, out, _ = rapport(home, "ingest", "orders.csv")
    assert (code, "written 0 events, 1 were there already" in out) == (0, True)
    assert "kept out 2 events of erased customers" in out
    assert "rapport erase --lift" in out


ORDER = "ann,mug,2024-01-01,1,o1\n"
CORRECTED = "ann,mug,2024-01-01,2,o1\n"
LIST = (
    "source,event_id,type,occurred_at,customer_id,order_id\n"
    "import,o1/ann,purchase,2024-01-01T00:00:00+00:00,ann,o1\n"
)


def test_a_load_of_nothing_but_conflicts_fails_lists_them_and_says_how_an_order_is_corrected(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + ORDER)
    (tmp_path / "corrected.csv").write_text(HEAD + CORRECTED)
    assert rapport(home, "ingest", "orders.csv")[0] == 0
    code, out, err = rapport(home, "ingest", "corrected.csv")
    assert code == 2
    assert "rapport train" not in out
    for said in ("no event was written", "found 1 whose identity", "listed in corrected.conflicts.csv", "order_cancelled",
                 "new order id"):  # fmt: skip
        assert said in err
    assert "--source-name" not in out + err
    assert (tmp_path / "corrected.conflicts.csv").read_text() == LIST
    assert events_in(home) == 1


def test_beside_what_was_loaded_conflicts_are_counted_and_listed_where_the_bad_rows_are(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "checks").mkdir()
    (tmp_path / "orders.csv").write_text(HEAD + ORDER)
    (tmp_path / "grown.csv").write_text(HEAD + CORRECTED + "ben,mug,2024-01-02,1,o2\n")
    assert rapport(home, "ingest", "orders.csv")[0] == 0
    rejected = ("--rejected", str(tmp_path / "checks" / "bad.csv"))
    code, out, err = rapport(home, "ingest", "grown.csv", *rejected)
    assert (code, err) == (0, "")
    for said in (
        "written 1 events",
        "not written 1 events whose identity the log holds",
        "order_cancelled",
        "rapport train",
    ):
        assert said in out
    assert (tmp_path / "checks" / "grown.conflicts.csv").read_text() == LIST
    code, out, _ = rapport(home, "ingest", "grown.csv", *rejected)
    assert (code, "rapport train" in out) == (0, False)


def test_the_help_does_not_promise_that_a_source_name_makes_another_order(home: Path) -> None:
    code, out, _ = rapport(home, "ingest", "--help")
    assert (code, "another order" in out) == (0, False)


def test_of_an_event_log_the_purchases_are_taken(home: Path, tmp_path: Path) -> None:
    head = "user,item,time,event_type\n"
    rows = "ann,mug,2024-01-01,view\nann,mug,2024-01-02,purchase\nben,mug,2024-01-03,view\n"
    (tmp_path / "log.csv").write_text(head + rows)
    columns = ("--columns", "customer_id=user,item_id=item,occurred_at=time")
    code, out, _ = rapport(home, "ingest", "log.csv", *columns, "--where", "event_type=purchase")
    assert (code, "written 1 events" in out) == (0, True)
    assert "2  event_type is not purchase" in out
    code, _, err = rapport(home, "ingest", "log.csv", *columns, "--where", "event_type=buy")
    assert (code, "expected one of 'view', 'purchase'" in err) == (2, True)


def test_a_dry_run_creates_nothing(home: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + "ann,mug,2024-01-01,1,o1\nann,mug,2024-01-01,0,o1\n")
    code, out, _ = rapport(home, "ingest", "orders.csv", "--dry-run")
    assert (code, "nothing was written" in out) == (0, True)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.csv"]


def test_too_many_bad_rows_stop_before_anything_is_written(home: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(HEAD + "ann,mug,2024-01-01,1,o1\nann,mug,2024-01-01,0,o2\n")
    code, _, err = rapport(home, "ingest", "orders.csv")
    assert code == 2
    assert "too many bad rows" in err
    assert not (home / "log.sqlite").exists()
    assert rapport(home, "ingest", "orders.csv", "--allow-bad")[0] == 0
    assert events_in(home) == 1


def test_an_error_is_one_line_without_a_traceback(home: Path) -> None:
    code, _, err = rapport(home, "ingest", "missing.csv")
    assert code == 2
    assert err.strip().count("\n") == 0
    assert "does not exist" in err


def test_killed_anywhere_and_repeated_nothing_is_lost_and_nothing_doubled(home: Path, tmp_path: Path) -> None:
    orders = 35_000
    rows = (f"c{n % 997},i{n % 500},2024-01-{n % 28 + 1:02},1,o{n}\n" for n in range(orders))
    (tmp_path / "orders.csv").write_text(HEAD + "".join(rows))
    seen: list[int] = []
    for least in (1, 15_000):
        process = start(home, "ingest", "orders.csv")
        while process.poll() is None and (not (home / "log.sqlite").exists() or written(home) <= least):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        seen.append(events_in(home))
    assert 0 < seen[0] <= seen[1] <= orders
    code, out, err = rapport(home, "ingest", "orders.csv")
    assert (code, err) == (0, "")
    assert f"{orders - seen[1]:,} events, {seen[1]:,} were there already" in out
    assert events_in(home) == orders


def written(home: Path) -> int:
    """Return the events in the log, 0 while it is being created."""
    import sqlite3

    try:
        opened = sqlite3.connect(f"file:{home / 'log.sqlite'}?mode=ro", uri=True)
        with contextlib.closing(opened) as database:  # a connection's own block only ends its transaction
            return int(database.execute("select seq from log_head").fetchone()[0])
    except (sqlite3.OperationalError, TypeError):
        return 0
