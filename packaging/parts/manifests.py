"""The Homebrew formula and the Scoop manifest, with the sums of the archives."""

import json

from .targets import ALL


def archive(facts, target):
    return f"aludel-{facts.version}-{target}{ALL[target].archive_ending}"


def write_homebrew(path, facts, sums):
    """https://docs.brew.sh/Formula-Cookbook; brew tap OWNER/tap looks for it in Formula/aludel.rb."""
    systems = []
    for system, targets in (
        ("macos", (("arm", "aarch64-apple-darwin"), ("intel", "x86_64-apple-darwin"))),
        ("linux", (("arm", "aarch64-unknown-linux-musl"), ("intel", "x86_64-unknown-linux-musl"))),
    ):
        parts = []
        for processor, target in targets:
            name = archive(facts, target)
            if name in sums:
                parts += [
                    f"    on_{processor} do",
                    f'      url "{facts.url(name)}"',
                    f'      sha256 "{sums[name]}"',
                    "    end",
                ]
        if parts:
            systems += [f"  on_{system} do", *parts, "  end", ""]
    lines = [
        "class Aludel < Formula",
        f'  desc "{facts.description.split(":")[0]}"',
        f'  homepage "{facts.repository}"',
        f'  version "{facts.version}"',
        f'  license "{facts.licence}"',
        "",
        *systems,
        "  def install",
        '    bin.install "aludel"',
        '    generate_completions_from_executable(bin/"aludel", "completions")',
        '    system bin/"aludel", "man", man1',
        "  end",
        "",
        "  test do",
        '    assert_match version.to_s, shell_output("#{bin}/aludel --version")',
        '    system bin/"aludel", "init"',
        '    system bin/"aludel", "heads"',
        "  end",
        "end",
    ]
    path.write_text("\n".join(lines) + "\n", newline="\n")


def write_scoop(path, facts, sums):
    """https://github.com/ScoopInstaller/Scoop/wiki/App-Manifests."""
    target = "x86_64-pc-windows-gnu"
    name = archive(facts, target)
    folder = name.removesuffix(".zip")
    manifest = {
        "version": facts.version,
        "description": facts.description,
        "homepage": facts.repository,
        "license": facts.licence,
        "architecture": {
            "64bit": {"url": facts.url(name), "hash": sums.get(name, ""), "extract_dir": folder},
        },
        "bin": "aludel.exe",
        "checkver": {"github": facts.repository},
        "autoupdate": {
            "architecture": {
                "64bit": {
                    "url": f"{facts.repository}/releases/download/v$version/aludel-$version-{target}.zip",
                    "extract_dir": f"aludel-$version-{target}",
                    "hash": {"url": "$baseurl/SHA256SUMS"},
                }
            }
        },
    }
    if name in sums:
        path.write_text(json.dumps(manifest, indent=4) + "\n", newline="\n")
