"""The targets of a release, and what each package system calls them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """One target: a binary, an archive, a wheel and an npm package."""

    name: str
    # Platform tags of the wheel, sorted. A static binary runs with any C library, old or new; the tags are the oldest
    # ones that installers know (PEP 600, PEP 656). On macOS they are the oldest system that Rust supports.
    wheel_tags: tuple[str, ...]
    # npm's words for the system and the processor, as Node.js has them in process.platform and process.arch.
    npm_system: str
    npm_processor: str

    @property
    def is_windows(self):
        return "windows" in self.name

    @property
    def binary_name(self):
        return "aludel.exe" if self.is_windows else "aludel"

    @property
    def archive_ending(self):
        return ".zip" if self.is_windows else ".tar.gz"

    def binary(self, folder: Path):
        """The place of the binary in the folder of all binaries."""
        return folder / self.name / self.binary_name


def linux(processor, npm_processor):
    tags = (f"manylinux2014_{processor}", f"manylinux_2_17_{processor}", f"musllinux_1_1_{processor}")
    return Target(f"{processor}-unknown-linux-musl", tags, "linux", npm_processor)


ALL = {
    target.name: target
    for target in (
        linux("x86_64", "x64"),
        linux("aarch64", "arm64"),
        Target("x86_64-apple-darwin", ("macosx_10_12_x86_64",), "darwin", "x64"),
        Target("aarch64-apple-darwin", ("macosx_11_0_arm64",), "darwin", "arm64"),
        Target("x86_64-pc-windows-gnu", ("win_amd64",), "win32", "x64"),
    )
}
