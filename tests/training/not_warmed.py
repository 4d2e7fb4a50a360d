"""Prints the kernels that the small shop needs after a warming: a process of its own, in which nothing else compiled."""

import gc
import sys
import tempfile
from pathlib import Path

from numba.core.dispatcher import Dispatcher

from recommender.bundles import BundleMetadata, load_bundle
from recommender.fitting import FitConfig, select_and_fit
from recommender.storage.log import EventLog
from tests.training.homes import NOW
from training.bundle_files import saved_bundle
from training.learning_data import learning_data
from training.warming import compile_everything, decide_first


def kernels() -> set[str]:
    """Every kernel of ours that this process has, with the types of its arguments."""
    return {
        f"{kernel.py_func.__module__}.{kernel.py_func.__qualname__}{types}"
        for kernel in gc.get_objects()
        if isinstance(kernel, Dispatcher) and kernel.py_func.__module__.startswith("recommender.")
        for types in kernel.signatures
    }


def learn_and_decide(log_url: str) -> None:
    """Train on a log with the settings that everybody has, and decide from the bundle."""
    with EventLog.open(log_url, clock=lambda: NOW) as log:
        data = learning_data(log, None, now=NOW)
        learned = select_and_fit(data.purchases, data.catalogue, FitConfig(), until_s=data.until_s)
        with tempfile.TemporaryDirectory() as folder:
            with saved_bundle(learned.models, Path(folder), BundleMetadata()) as bundle:
                models, _ = load_bundle(bundle)
            decide_first(log, models, data)


if __name__ == "__main__":
    compile_everything()
    warmed = kernels()
    learn_and_decide(sys.argv[1])
    print(len(warmed), *sorted(kernels() - warmed), sep="\n")
