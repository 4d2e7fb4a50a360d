import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from recommender.bundles import BundleMetadata, load_bundle, save_bundle
from recommender.bundles.layout import arrays_of
from recommender.data import histories_of
from recommender.errors import BundleError, CorruptBundleError
from recommender.fitting import FitConfig, fit_models
from recommender.models import FittedModels, score_offers, score_repeats
from recommender.models.fitted import offer_tables_of
from tests.recommender.data.worlds import DAY, START, busy_shop, shop

NOW = START + 200 * DAY
METADATA = BundleMetadata("0.1.0", "print", {"seed": 1}, {"ndcg_at_10": 0.5})


@pytest.fixture(scope="module")
def models() -> FittedModels:
    return fit_models(busy_shop(), FitConfig(), now_s=NOW)


def test_what_is_loaded_scores_bit_for_bit_like_what_was_saved(models: FittedModels, tmp_path: Path) -> None:
    manifest = save_bundle(models, tmp_path / "b", metadata=METADATA)
    loaded, read = load_bundle(tmp_path / "b")
    assert read == manifest
    assert read.digest == manifest.digest
    assert loaded.items.ids == models.items.ids
    for name, array in arrays_of(loaded).items():
        np.testing.assert_array_equal(array, arrays_of(models)[name])
    histories = histories_of(busy_shop().before(NOW))
    for row in range(5):
        history = histories.history(row)
        assert score_offers(loaded, history, NOW).tobytes() == score_offers(models, history, NOW).tobytes()
        assert (
            score_repeats(loaded, history, NOW)[0].tobytes()
            == score_repeats(models, history, NOW)[0].tobytes()
        )


def test_the_same_data_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    digests = [
        save_bundle(
            fit_models(busy_shop(), FitConfig(), now_s=NOW), tmp_path / name, metadata=METADATA
        ).digest
        for name in ("one", "two")
    ]
    assert digests[0] == digests[1]
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_loading_maps_the_files_and_copies_no_large_array(models: FittedModels, tmp_path: Path) -> None:
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    loaded, _ = load_bundle(tmp_path / "b")
    assert loaded.als is not None
    for array in (loaded.item_item.weight, loaded.popularity.score, loaded.als.item_factors):
        base = array
        while isinstance(base.base, np.ndarray):
            base = base.base
        assert isinstance(base, np.memmap)
        assert not array.flags.writeable
    tables = offer_tables_of(loaded)
    assert np.shares_memory(tables.factors, loaded.als.item_factors)
    assert np.shares_memory(tables.sparse[0].weight, loaded.item_item.weight)


def test_no_customer_is_in_a_bundle(models: FittedModels, tmp_path: Path) -> None:
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    content = b"".join(path.read_bytes() for path in sorted((tmp_path / "b").iterdir()))
    assert not any(f'"c{code}"'.encode() in content for code in range(120))


def test_saving_the_same_again_is_quiet_and_something_else_is_refused(
    models: FittedModels, tmp_path: Path
) -> None:
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    with pytest.raises(BundleError, match="put in place"):
        save_bundle(models, tmp_path / "b", metadata=BundleMetadata("0.2.0"))
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_bundle_of_a_tiny_shop_without_optional_models_travels_too(tmp_path: Path) -> None:
    tiny = fit_models(shop([(0, 0, "only", 0.0)], 1), FitConfig(), now_s=START + DAY)
    assert (tiny.als, tiny.newly, tiny.lately) == (None, None, None)
    save_bundle(tiny, tmp_path / "b", metadata=BundleMetadata())
    loaded, _ = load_bundle(tmp_path / "b")
    assert (loaded.als, loaded.newly) == (None, None)
    assert arrays_of(loaded).keys() == arrays_of(tiny).keys()


def _truncate(bundle: Path) -> None:
    path = bundle / "item_item__weight.npy"
    path.write_bytes(path.read_bytes()[:-8])


def _flip(bundle: Path) -> None:
    path = bundle / "popularity__score.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def _remove(bundle: Path) -> None:
    (bundle / "blend__weights.npy").unlink()


def _add(bundle: Path) -> None:
    (bundle / "extra.npy").write_bytes(b"")


def _no_manifest(bundle: Path) -> None:
    (bundle / "manifest.json").unlink()


def _broken_manifest(bundle: Path) -> None:
    (bundle / "manifest.json").write_text('{"format_version": 1')


def _foreign_format(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    (bundle / "manifest.json").write_text(json.dumps(manifest | {"format_version": 99}))


def _escaping(bundle: Path) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"]["../outside.npy"] = manifest["files"]["blend__weights.npy"]
    (bundle / "manifest.json").write_text(json.dumps(manifest))


def _link(bundle: Path) -> None:
    outside = bundle.parent / "outside.npy"
    shutil.move(bundle / "blend__weights.npy", outside)
    (bundle / "blend__weights.npy").symlink_to(outside)


def _folder(bundle: Path) -> None:
    (bundle / "blend__weights.npy").unlink()
    (bundle / "blend__weights.npy").mkdir()


def _pickled(bundle: Path) -> None:
    path = bundle / "blend__weights.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    _sign(bundle, path.name)


def _other_size(bundle: Path) -> None:
    path = bundle / "ownership__own_once.npy"
    np.save(path, np.ones(3, np.bool_))
    _sign(bundle, path.name)


def _no_json(bundle: Path) -> None:
    (bundle / "items.json").write_text('{"not": "a list"}')
    _sign(bundle, "items.json")


def _sign(bundle: Path, name: str) -> None:
    """Make the manifest agree with a file that was changed: a liar, not an accident."""
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][name] = hashlib.sha256((bundle / name).read_bytes()).hexdigest()
    (bundle / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "damage",
    [
        _truncate,
        _flip,
        _remove,
        _add,
        _no_manifest,
        _broken_manifest,
        _foreign_format,
        _escaping,
        _link,
        _folder,
        _pickled,
        _other_size,
        _no_json,
    ],
)
def test_a_damaged_bundle_is_refused(
    models: FittedModels, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    damage(tmp_path / "b")
    with pytest.raises(CorruptBundleError):
        load_bundle(tmp_path / "b")


def test_a_truncated_array_is_refused_even_unverified(models: FittedModels, tmp_path: Path) -> None:
    save_bundle(models, tmp_path / "b", metadata=METADATA)
    _truncate(tmp_path / "b")
    with pytest.raises(CorruptBundleError):
        load_bundle(tmp_path / "b", verify=False)


def test_no_directory_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(CorruptBundleError, match="there is no bundle"):
        load_bundle(tmp_path / "nowhere")
