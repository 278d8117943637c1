#!/usr/bin/env bash
# Downloads the archive FILE of the release VERSION, checks its sum, and unpacks the binary into the folder PLACE, unless
# the cache has it there. Puts the folder on the PATH of the next steps.
set -euo pipefail

program=aludel
if [ "$RUNNER_OS" = Windows ]; then program=aludel.exe; fi
if [ ! -x "$PLACE/$program" ]; then
    mkdir -p "$PLACE"
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    cd "$folder"
    for name in "$FILE" SHA256SUMS; do
        curl -sSfL --retry 3 -o "$name" "$REPOSITORY/releases/download/v$VERSION/$name"
    done
    if ! grep -F "  $FILE" SHA256SUMS >expected; then
        echo "::error::SHA256SUMS of aludel $VERSION does not name $FILE"
        exit 1
    fi
    if command -v sha256sum >/dev/null; then sha256sum -c expected; else shasum -a 256 -c expected; fi
    case "$FILE" in
        *.zip) unzip -q "$FILE" ;;
        *) tar -xzf "$FILE" ;;
    esac
    mv aludel-*/"$program" "$PLACE/$program"
fi
"$PLACE/$program" --version
echo "$PLACE" >>"$GITHUB_PATH"
