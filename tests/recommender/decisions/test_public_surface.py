import subprocess
import sys

import recommender.candidates
import recommender.decisions


def test_the_words_of_a_decision_load_without_compiled_kernels() -> None:
    program = "import sys, recommender.decisions, recommender.candidates; print('numba' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_every_public_name_can_be_had() -> None:
    for room in (recommender.candidates, recommender.decisions):
        assert sorted(room.__all__) == room.__all__
        assert all(getattr(room, name) is not None for name in room.__all__)
