"""What a bundle says about itself."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from recommender.errors import CorruptBundleError

FORMAT_VERSION = 7
"""Raised whenever an older reader could misread a newer bundle."""

MANIFEST_NAME = "manifest.json"


@dataclass(frozen=True, slots=True)
class BundleMetadata:
    """What the trainer knows about a bundle; nothing that differs between two runs on the same data.

    Attributes
    ----------
    engine_version
        Version of Rapport that wrote it.
    data_fingerprint
        Of the log up to the cut-off.
    config
        The configuration as it was used, JSON values only.
    metrics
        Flat numbers of the held-out window.
    """

    engine_version: str = ""
    data_fingerprint: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of ``manifest.json``.

    Attributes
    ----------
    format_version
        Layout of the bundle.
    files
        SHA-256 (hex) by file name; every file of the bundle but the manifest.
    metadata
        What the trainer said.
    """

    format_version: int
    files: Mapping[str, str]
    metadata: BundleMetadata

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the manifest's own bytes: the identity of the bundle."""
        import hashlib

        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the manifest as canonical JSON: sorted keys, one trailing newline."""
        return canonical_json(asdict(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Manifest":
        """Read a manifest.

        Raises
        ------
        CorruptBundleError
            It is no JSON, of another format version, or a field is missing or of another type.
        """
        try:
            content = json.loads(data)
            version, files = content["format_version"], content["files"]
            metadata = BundleMetadata(**content["metadata"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorruptBundleError(
                "the manifest of the bundle cannot be read", found=type(error).__name__, remedy="train again"
            ) from error
        if version != FORMAT_VERSION:
            raise CorruptBundleError(
                "the bundle has another format",
                expected=f"format version {FORMAT_VERSION}",
                found=str(version)[:40],
                remedy="serve it with the Rapport that wrote it, or train again",
            )
        _check_files(files)
        return cls(version, files, metadata)


def _check_files(files: object) -> None:
    if not isinstance(files, dict) or not all(
        isinstance(name, str) and isinstance(digest, str) for name, digest in files.items()
    ):
        raise CorruptBundleError("the manifest of the bundle lists no files", expected="name to SHA-256")
    for name in files:
        if not name or name != name.strip(".") or any(part in name for part in ("/", "\\", "\0", ":")):
            raise CorruptBundleError(
                "the manifest of the bundle names a file outside of it",
                expected="plain names",
                found=name[:80],
            )


def canonical_json(content: object) -> bytes:
    r"""Return JSON bytes that depend on the content alone.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [1.5]})
    b'{"a":[1.5],"b":1}\n'
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()
