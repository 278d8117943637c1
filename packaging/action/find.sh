#!/usr/bin/env bash
# Finds out which aludel the action uses: one on the PATH if no version is given, else the version and its archive.
# Writes version, target and file as outputs; without a file there is nothing to install.
set -euo pipefail

if [ -z "$VERSION" ] && command -v aludel >/dev/null; then
    aludel --version
    exit 0
fi
case "$RUNNER_OS-$RUNNER_ARCH" in
    Linux-X64) target=x86_64-unknown-linux-musl ;;
    Linux-ARM64) target=aarch64-unknown-linux-musl ;;
    macOS-X64) target=x86_64-apple-darwin ;;
    macOS-ARM64) target=aarch64-apple-darwin ;;
    Windows-X64) target=x86_64-pc-windows-gnu ;;
    *)
        echo "::error::there is no aludel for $RUNNER_OS on $RUNNER_ARCH: build one, and put it on the PATH"
        exit 1
        ;;
esac
version=${VERSION#v}
if [ -z "$version" ] || [ "$version" = latest ]; then
    # The address of the newest release is redirected to that of its tag.
    address=$(curl -sSfL --retry 3 -o /dev/null -w '%{url_effective}' "$REPOSITORY/releases/latest")
    version=${address##*/v}
fi
ending=tar.gz
if [ "$RUNNER_OS" = Windows ]; then ending=zip; fi
{
    echo "version=$version"
    echo "file=aludel-$version-$target.$ending"
} >>"$GITHUB_OUTPUT"
