"""The licences of the crates that are in the binary, with their copyright lines, as they require it."""

import json
import subprocess
import sys
from pathlib import Path

from . import release

ABOVE = """The aludel binary contains the following libraries, under the licences below.
It also contains the Rust standard library (MIT or Apache-2.0, https://github.com/rust-lang/rust) and, on Linux, musl
(MIT, https://musl.libc.org). SQLite, which the crate libsqlite3-sys brings, is in the public domain.
"""
NAMES = ("LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE", "COPYRIGHT")
RULE = "=" * 100


def collect(target_names):
    """Returns the text for the crates of these targets. A text that several crates share is there once."""
    packages = {}
    for name in target_names:
        packages.update(linked_packages(name))
    users = {}
    for package in sorted(packages.values(), key=lambda package: (package["name"], package["version"])):
        title = f"{package['name']} {package['version']} ({package['license']})"
        for text in texts(package):
            users.setdefault(text, []).append(title)
    parts = [f"\n{RULE}\n{chr(10).join(titles)}\n{RULE}\n\n{text}\n" for text, titles in users.items()]
    return (ABOVE + "".join(parts)).encode()


def linked_packages(target_name):
    """The packages that the program links, by id: no build scripts, macros are among them."""
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target_name]
    result = subprocess.run(command, cwd=release.ROOT, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"packaging/build: {result.stderr}")
    graph = json.loads(result.stdout)
    by_id = {package["id"]: package for package in graph["packages"]}
    edges = {node["id"]: node["deps"] for node in graph["resolve"]["nodes"]}
    found, waiting = set(), [graph["resolve"]["root"]]
    while waiting:
        here = waiting.pop()
        if here in found:
            continue
        found.add(here)
        for edge in edges[here]:
            if any(kind["kind"] is None for kind in edge["dep_kinds"]):
                waiting.append(edge["pkg"])
    # Those without a source are this repository's.
    return {key: by_id[key] for key in found if by_id[key]["source"] is not None}


def texts(package):
    """The files with licences. Where a crate may be used under MIT, only that one counts, and notices."""
    folder = Path(package["manifest_path"]).parent
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path.name.upper().startswith(NAMES)]
    mit = [path for path in files if "MIT" in path.name.upper() or path.name.upper().startswith("NOTICE")]
    if "MIT" in (package["license"] or "") and any("MIT" in path.name.upper() for path in mit):
        files = mit
    found = [path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip() for path in files]
    authors = ", ".join(package["authors"])
    # A crate without such a file: its licence is named, and whose it is.
    return found or [f"{package['license']}. {authors or package['repository'] or ''}".strip()]
