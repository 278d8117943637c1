"""ZIP archives that depend on their contents only."""

import time
import zipfile


def write_zip(path, files, seconds):
    """Writes files (name, content, mode). Each has the same time, and its permissions for systems that know some."""
    moment = time.gmtime(seconds)[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content, mode in files:
            entry = zipfile.ZipInfo(name, moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Made on Unix (3), whatever system this is: installers take the permissions from there.
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
