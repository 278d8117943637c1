"""Facts of the release, read from Cargo.toml and git."""

import os
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Release:
    """What the packages say about themselves."""

    version: str
    description: str
    licence: str
    # Address of the repository, without a slash at its end.
    repository: str
    keywords: tuple[str, ...]
    # Seconds since 1970 that every file in a package has as its time, so that the same commit gives the same bytes.
    time: int

    def url(self, file_name):
        """The address of a file of this release."""
        return f"{self.repository}/releases/download/v{self.version}/{file_name}"


def read():
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["package"]
    return Release(
        version=package["version"],
        description=package["description"],
        licence=package["license"],
        repository=package["repository"].rstrip("/"),
        keywords=tuple(package["keywords"]),
        time=int(os.environ.get("SOURCE_DATE_EPOCH") or commit_time()),
    )


def schema():
    """The JSON Schema of aludel.yaml, for editors that are offline."""
    return (ROOT / "docs/aludel.schema.json").read_bytes()


def commit_time():
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    result = subprocess.run(command, capture_output=True, text=True)
    # Without a repository: the first time that a ZIP archive can have.
    return result.stdout.strip() or "315532800"
