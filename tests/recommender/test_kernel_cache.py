import os
import subprocess
import sys
from pathlib import Path

from recommender.kernel_cache import VARIABLE, sources_digest

_SHOW = f"import os, recommender; print(os.environ.get({VARIABLE!r}, ''))"


def folder_seen_by(**variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE} | variables
    shown = subprocess.run(
        [sys.executable, "-c", _SHOW], env=environment, check=True, capture_output=True, text=True
    )
    return shown.stdout.strip()


def test_a_changed_source_file_has_another_folder(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text("one")
    before = sources_digest(tmp_path)
    assert sources_digest(tmp_path) == before
    (tmp_path / "kernel.py").write_text("another")
    assert sources_digest(tmp_path) != before


def test_the_folder_is_of_this_user_and_of_these_sources(tmp_path: Path) -> None:
    seen = folder_seen_by(XDG_CACHE_HOME=str(tmp_path), HOME=str(tmp_path))
    assert seen.startswith(str(tmp_path))
    assert "kernels-" in seen


def test_a_folder_that_was_named_is_kept(tmp_path: Path) -> None:
    assert folder_seen_by(**{VARIABLE: str(tmp_path)}) == str(tmp_path)


def test_without_a_folder_to_write_numba_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert folder_seen_by(XDG_CACHE_HOME=str(tmp_path / "file"), HOME=str(tmp_path / "file")) == ""
