"""Tables as CSV files."""

import csv
import io
from collections.abc import Iterable


def csv_bytes(titles: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """A table as CSV, UTF-8 (RFC 4180, but lines end as Unix's do)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return text.getvalue().encode()
