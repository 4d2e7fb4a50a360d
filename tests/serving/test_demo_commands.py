from pathlib import Path

import psutil
import pytest

from serving.demo.commands import Rapport


def test_what_runs_beside_the_demo_speaks_to_a_file_and_may_fail(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with Rapport(tmp_path, {}).meanwhile("no-such-command"):
        pass
    assert "no-such-command" in (tmp_path / "demo-no-such-command.log").read_text()
    assert capfd.readouterr() == ("", "")


def test_what_runs_beside_the_demo_has_ended_when_the_block_has(tmp_path: Path) -> None:
    with Rapport(tmp_path, {}).meanwhile("keys", "list"):
        assert _children()
    assert not _children()
    assert "keys" in (tmp_path / "demo-keys.log").read_text()


def test_what_runs_beside_the_demo_ends_with_a_demo_that_failed(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), Rapport(tmp_path, {}).meanwhile("serve", "--port", "0"):
        raise InterruptedError
    assert not _children()


def _children() -> list[str]:
    """Command lines of the processes of rapport that this one started."""
    lines = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    return [line for line in lines if "recommender.engine.cli" in line]
