"""Office files are zip archives: packed so that the same content is the same bytes, whenever it is made."""

import io
import zipfile

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The zip format knows no earlier time; what says when a report was made stands in its properties."""


def fixed(archive: bytes) -> bytes:
    """The same files in the same order, without the time and the machine of packing."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(archive)) as given,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type, entry.create_system, entry.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o600 << 16,
            )
            out.writestr(entry, given.read(name))
    return packed.getvalue()
