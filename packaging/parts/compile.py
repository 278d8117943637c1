"""Compiles the binary for a target."""

import os
import shutil
import subprocess
import sys

from . import release


def compile(target, profile, jobs, binaries):
    """Compiles for `target` and copies the binary into the folder `binaries`."""
    host = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    host = next(line.split()[1] for line in host.splitlines() if line.startswith("host:"))
    if target.name == host or is_native_macos(host, target) or target.is_windows:
        if target.is_windows and host != target.name:
            need("x86_64-w64-mingw32-gcc", "apt-get install gcc-mingw-w64-x86-64")
        cargo = ["cargo", "build"]
    else:
        need("cargo-zigbuild", "pip install ziglang cargo-zigbuild")
        if target.name.endswith("apple-darwin") and not os.environ.get("SDKROOT"):
            sys.exit(f"packaging/build: {target.name} is linked with Apple's SDK: set SDKROOT to one, or build on a Mac")
        cargo = ["cargo", "zigbuild"]
    command = [*cargo, "--locked", "--profile", profile, "--target", target.name, "--bin", "aludel"]
    command += ["--jobs", jobs] if jobs else []
    print("$", *command, file=sys.stderr, flush=True)
    if subprocess.run(command, cwd=release.ROOT).returncode != 0:
        sys.exit(f"packaging/build: {target.name} was not built")
    folder = "debug" if profile == "dev" else profile
    place = target.binary(binaries)
    place.parent.mkdir(parents=True, exist_ok=True)
    built = os.environ.get("CARGO_TARGET_DIR", release.ROOT / "target")
    shutil.copy(f"{built}/{target.name}/{folder}/{target.binary_name}", place)


def is_native_macos(host, target):
    """Apple's own compiler builds for both processors."""
    return host.endswith("apple-darwin") and target.name.endswith("apple-darwin")


def need(program, how):
    if shutil.which(program) is None:
        sys.exit(f"packaging/build: {program} is not installed: {how}")
