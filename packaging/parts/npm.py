"""npm packages: one for each platform with the binary, and `aludel`, which chooses among them.

npm installs of the optional dependencies the one whose `os` and `cpu` fit. Nothing is downloaded or run while it
installs, so that --ignore-scripts and registries of a company work.
"""

import json

from . import release
from .archive import write_tar
from .targets import ALL


def write_platform(folder, facts, target, content, notices):
    """Writes the package of a platform, as `npm pack` would."""
    name = package_name(target)
    manifest = {
        **common(facts, name, f"The binary of aludel for {target.npm_system} on {target.npm_processor}"),
        "os": [target.npm_system],
        "cpu": [target.npm_processor],
        # Yarn keeps packages in archives unless they ask for files.
        "preferUnplugged": True,
    }
    files = [
        ("package/package.json", pretty(manifest), 0o644),
        (f"package/bin/{target.binary_name}", content, 0o755),
        ("package/LICENSE", (release.ROOT / "LICENSE").read_bytes(), 0o644),
        ("package/THIRD-PARTY-LICENSES", notices, 0o644),
    ]
    return pack(folder, facts, name, files)


def write_main(folder, facts):
    """Writes the package `aludel`: the launcher."""
    manifest = {
        **common(facts, "aludel", facts.description),
        "keywords": list(facts.keywords),
        "bin": {"aludel": "bin/aludel.js"},
        "optionalDependencies": {package_name(target): facts.version for target in ALL.values()},
    }
    files = [
        ("package/package.json", pretty(manifest), 0o644),
        ("package/aludel.schema.json", release.schema(), 0o644),
        ("package/bin/aludel.js", (release.ROOT / "packaging/npm/aludel.js").read_bytes(), 0o755),
        ("package/README.md", (release.ROOT / "README.md").read_bytes(), 0o644),
        ("package/LICENSE", (release.ROOT / "LICENSE").read_bytes(), 0o644),
    ]
    return pack(folder, facts, "aludel", files)


def package_name(target):
    return f"@aludel/{target.npm_system}-{target.npm_processor}"


def common(facts, name, description):
    return {
        "name": name,
        "version": facts.version,
        "description": description,
        "license": facts.licence,
        "repository": {"type": "git", "url": f"git+{facts.repository}.git"},
        "engines": {"node": ">=14.18"},
    }


def pretty(manifest):
    return (json.dumps(manifest, indent=2) + "\n").encode()


def pack(folder, facts, name, files):
    # The name that npm pack gives: @aludel/linux-x64 is aludel-linux-x64.
    path = folder / f"{name.removeprefix('@').replace('/', '-')}-{facts.version}.tgz"
    write_tar(path, files, facts.time)
    return path
