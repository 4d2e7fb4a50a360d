"""The folder that holds everything of one installation."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Paths under one root. Two homes share nothing, so they never meet.

    Examples
    --------
    >>> home = Home(Path("/srv/shop"))
    >>> home.log_url
    'sqlite:////srv/shop/log.sqlite'
    >>> home.bundles.as_posix()
    '/srv/shop/bundles'
    """

    root: Path

    @classmethod
    def at(cls, path: Path) -> "Home":
        """Return the home at a path, absolute and without links, creating its folders (private to their owner)."""
        home = cls(path.expanduser().resolve())
        for folder in (home.root, home.run, home.bundles, home.exports, home.mlflow):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    @property
    def log_url(self) -> str:
        """The default log: one SQLite file."""
        return f"sqlite:///{self.root / 'log.sqlite'}"

    @property
    def playbook(self) -> Path:
        """What the marketer declared; without the file, the default playbook holds."""
        return self.root / "playbook.toml"

    @property
    def run(self) -> Path:
        """Locks, sockets, logs and marks of running processes."""
        return self.root / "run"

    @property
    def bundles(self) -> Path:
        """Bundles that were trained here or fetched from the registry."""
        return self.root / "bundles"

    @property
    def exports(self) -> Path:
        """Progress of exports that can be resumed."""
        return self.root / "exports"

    @property
    def mlflow(self) -> Path:
        """Folder of the default registry."""
        return self.root / "mlflow"

    @property
    def mlflow_uri(self) -> str:
        """The default tracking and registry store: one SQLite file."""
        return f"sqlite:///{self.mlflow / 'mlflow.db'}"

    @property
    def mlflow_artifacts(self) -> Path:
        """Where the default registry keeps plots and bundles."""
        return self.mlflow / "artifacts"

    @property
    def tuning(self) -> Path:
        """Every trial of every search for a better configuration."""
        return self.root / "tuning.journal"
