"""The archive of a target, and the sums of all archives."""

import gzip
import hashlib
import io
import tarfile

from . import release
from .zipped import write_zip


def write(folder, facts, target, content, notices):
    """Writes binary, README, licence and notices into a .tar.gz, or a .zip for Windows."""
    name = f"aludel-{facts.version}-{target.name}"
    files = [
        (f"{name}/{target.binary_name}", content, 0o755),
        (f"{name}/README.md", (release.ROOT / "README.md").read_bytes(), 0o644),
        (f"{name}/LICENSE", (release.ROOT / "LICENSE").read_bytes(), 0o644),
        (f"{name}/THIRD-PARTY-LICENSES", notices, 0o644),
        (f"{name}/aludel.schema.json", release.schema(), 0o644),
    ]
    path = folder / (name + target.archive_ending)
    if target.is_windows:
        write_zip(path, files, facts.time)
    else:
        write_tar(path, files, facts.time)
    return path


def write_tar(path, files, time):
    """Writes a .tar.gz that depends on its arguments only."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=time) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for name, content, mode in files:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode, entry.mtime = len(content), mode, time
                archive.addfile(entry, io.BytesIO(content))


def write_sums(folder):
    """Writes SHA256SUMS, as sha256sum -c reads it. Returns the sums by file name."""
    archives = sorted(path for path in folder.iterdir() if path.suffix in (".gz", ".zip"))
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in archives}
    lines = [f"{digest}  {name}\n" for name, digest in sums.items()]
    (folder / "SHA256SUMS").write_text("".join(lines), newline="\n")
    return sums
