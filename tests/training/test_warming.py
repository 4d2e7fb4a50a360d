import subprocess
import sys

from recommender.engine.home import Home


def test_a_shop_needs_no_kernel_that_was_not_warmed(shop_home: Home) -> None:
    command = [sys.executable, "-m", "tests.training.not_warmed", shop_home.log_url]
    count, *missing = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split(
        "\n"
    )
    assert int(count) > 20  # those that Python calls
    assert missing == [""]
