"""What a killed training leaves beside the bundles, and who removes it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from training.bundle_files import staging

WRITE = (
    "import sys, time; from pathlib import Path; from training.bundle_files import staging\n"
    "with staging(Path(sys.argv[1])) as folder:\n"
    "    (folder / 'half').write_text('a bundle'); print(folder, flush=True); time.sleep(120)"
)


def training_in(bundles: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", WRITE, str(bundles)], stdout=subprocess.PIPE, text=True)


def folder_of(process: "subprocess.Popen[str]") -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_what_a_killed_training_left_is_removed_by_the_next_and_that_of_a_living_one_stays(
    tmp_path: Path,
) -> None:
    killed, living = training_in(tmp_path), training_in(tmp_path)
    try:
        left, in_use = folder_of(killed), folder_of(living)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "half").is_file()
        with staging(tmp_path) as ours:
            assert sorted(tmp_path.iterdir()) == sorted([in_use, ours])
            assert (in_use / "half").is_file()
    finally:
        for process in (killed, living):
            process.kill()
            process.communicate()
    with staging(tmp_path):
        assert not in_use.exists()
    assert list(tmp_path.iterdir()) == []


def test_bundles_stay_and_what_is_fetched_or_moved_away_goes_after_a_day(tmp_path: Path) -> None:
    old = time.time() - 90_000
    for name in ("0a1b", ".fetch-old", ".old-old", ".fetch-now", ".old-now"):
        (tmp_path / name).mkdir()
        if name.endswith("-old") or name == "0a1b":
            os.utime(tmp_path / name, (old, old))
    with staging(tmp_path):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".fetch-now", ".old-now", "0a1b"]
