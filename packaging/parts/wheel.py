"""A wheel with the binary: pip puts it beside python. It has no Python code, so that it fits every version of Python.

https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib

from . import release
from .zipped import write_zip


def write(folder, facts, target, content, notices):
    name = f"aludel-{facts.version}"
    info = f"{name}.dist-info"
    files = [
        (f"{name}.data/scripts/{target.binary_name}", content, 0o755),
        (f"{name}.data/data/share/aludel/aludel.schema.json", release.schema(), 0o644),
        (f"{info}/licenses/LICENSE", (release.ROOT / "LICENSE").read_bytes(), 0o644),
        (f"{info}/licenses/THIRD-PARTY-LICENSES", notices, 0o644),
        (f"{info}/METADATA", metadata(facts).encode(), 0o644),
        (f"{info}/WHEEL", wheel_file(target).encode(), 0o644),
    ]
    files.append((f"{info}/RECORD", record(files, f"{info}/RECORD").encode(), 0o644))
    path = folder / f"{name}-py3-none-{'.'.join(target.wheel_tags)}.whl"
    write_zip(path, files, facts.time)
    return path


def metadata(facts):
    """Core metadata 2.4. The README is the description."""
    lines = [
        "Metadata-Version: 2.4",
        "Name: aludel",
        f"Version: {facts.version}",
        f"Summary: {facts.description}",
        f"Keywords: {','.join(facts.keywords)}",
        f"License-Expression: {facts.licence}",
        "License-File: LICENSE",
        "License-File: THIRD-PARTY-LICENSES",
        f"Project-URL: Repository, {facts.repository}",
        f"Project-URL: Changelog, {facts.repository}/blob/main/CHANGELOG.md",
        "Requires-Python: >=3.7",
        "Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM",
    ]
    return "\n".join(lines) + "\n\n" + (release.ROOT / "README.md").read_text(encoding="utf-8")


def wheel_file(target):
    lines = ["Wheel-Version: 1.0", "Generator: packaging/build", "Root-Is-Purelib: false"]
    lines += [f"Tag: py3-none-{tag}" for tag in target.wheel_tags]
    return "\n".join(lines) + "\n"


def record(files, own_name):
    """The list of all files with their sums; its own line has none."""

    def line(name, content):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        return f"{name},sha256={digest},{len(content)}\n"

    return "".join(line(name, content) for name, content, _ in files) + f"{own_name},,\n"
