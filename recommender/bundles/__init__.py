"""Bundles: one directory of arrays, JSON and a manifest that proves them; no customer in it, never a pickle."""

from recommender.bundles.loading import load_bundle
from recommender.bundles.manifest import BundleMetadata, Manifest
from recommender.bundles.saving import save_bundle

__all__ = ["BundleMetadata", "Manifest", "load_bundle", "save_bundle"]
