"""Tables of text (CSV) with a digit in each row: its label and 784 pixels, as Kaggle and many tutorials have them."""

import contextlib
import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.digits.sets.arrays import is_one_hot, to_digits
from mnist_bench.digits.sets.found import MAX_BYTES, MOST_DIGITS, Found, Progress

PIXELS = 784
LABEL_NAMES = ("label", "labels", "class", "target", "digit", "y")
_LONGEST_LINE = 100_000
_ROWS = 1000
"""Read at a time."""
_MANY = 150
_LONGEST_CELL = 25
_IS_NO_ROW = re.compile(r"#|sep=.$", re.IGNORECASE)
"""A comment, and the line by which Excel is told the separator."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_NUMBERS = "cannot be read as numbers"
_ADVICE = "Each row is a label (0 to 9) and 784 pixels, as in Kaggle's train.csv."
_ONE_HOT = 10


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file, and its number, from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class _Form:
    """How a table is written.

    Attributes:
        separator: None for any number of spaces.
        names: of its columns; none without a header.
        columns: the number of them.
        is_ended: each row ends with a separator.
    """

    separator: str | None
    names: tuple[str, ...]
    columns: int
    is_ended: bool = False

    def plain(self, row: str) -> str:
        """The row with a point in its fractions, which many countries' programs write with a comma, and no last
        separator.
        """
        row = row.removesuffix(self.separator) if self.separator and self.is_ended else row
        return row if self.separator in (None, ",") else row.replace(",", ".")


def read_table(file: IO[bytes], where: str, size_bytes: int, on_progress: Progress | None) -> Found:
    """The digits in a table of `size_bytes`, of which `on_progress` is told.

    Raises:
        InputError: it is no such table; the advice says what is missing.
    """
    lines = _lines(file, where)
    first = next((row for row in lines if not _IS_NO_ROW.match(row.text)), _Row(1, ""))
    form = _form(first.text)
    if form.columns < PIXELS:
        raise _too_narrow(first.text, form, where)
    rows = lines if form.names else chain([first], lines)
    blocks: list[NDArray[Any]] = []
    count = 0
    while block := list(islice(rows, _ROWS)):
        blocks.append(_numbers(block, form, where))
        count += len(block)
        if count > MOST_DIGITS:
            raise InputError(f"{where} has more than {words.count(MOST_DIGITS)} rows.")
        if on_progress is not None:
            on_progress(count, max(count, round(count * size_bytes / max(file.tell(), 1))))
    if not blocks:
        raise InputError(f"{where} has no rows.", advice=_ADVICE)
    table = np.concatenate(blocks)
    labels, pixels = _columns(table, form, where)
    return to_digits(pixels, labels)


def label_column(names: Sequence[str]) -> int | None:
    """Which of these columns is called as labels are; None where none or several are."""
    found = [place for place, name in enumerate(names) if name.strip().lower() in LABEL_NAMES]
    return found[0] if len(found) == 1 else None


def is_wide(head: bytes) -> bool:
    """Whether these first bytes of a text may be those of a row with hundreds of columns."""
    first = head.lstrip().split(b"\n", 1)[0]
    mark = max(b",;\t| ", key=first.count)
    is_prose = mark == ord(" ") and any(chr(one).isalpha() for one in first)
    return _MANY < first.count(mark) >= len(first) / _LONGEST_CELL and not is_prose


def _lines(file: IO[bytes], where: str) -> Iterator[_Row]:
    """The lines that hold something, decoded; none of them endless."""
    total = number = 0
    while line := _line(file, where):
        total += len(line)
        number += 1
        if number == 1 and line.startswith(_UTF_16):
            raise InputError(f"{where} is text in UTF-16.", advice="Save it as CSV in UTF-8.")
        if len(line) == _LONGEST_LINE or total > MAX_BYTES:
            raise InputError(f"{where} is too large, or no table of digits.", advice=_ADVICE)
        if b"\r" in line.rstrip(b"\r\n"):
            raise InputError(
                f"{where} has lines that end as on old Macs (CR).",
                advice="Save it as CSV in UTF-8, or for Windows.",
            )
        if text := line.decode("utf-8-sig", "replace").strip("\r\n"):
            yield _Row(number, text)


def _line(file: IO[bytes], where: str) -> bytes:
    try:
        return file.readline(_LONGEST_LINE)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{where} is packed with gzip, and damaged.", advice="Get or make it again.") from error


def _form(first: str) -> _Form:
    # In a row of fractions with commas there are as many commas as semicolons.
    separator = next((mark for mark in ";\t|" if first.count(mark) >= PIXELS - 1), max(",;\t|", key=first.count))
    if separator not in first:
        parts = first.split()
        return _Form(None, _header(parts), len(parts))
    form = _Form(separator, (), 0, first.endswith(separator))
    parts = form.plain(first).split(separator)
    return replace(form, names=_header(parts), columns=len(parts))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _header(parts: Sequence[str]) -> tuple[str, ...]:
    """The names in a first row that is not of numbers."""
    cells = tuple(map(_cell, parts))
    return () if all(map(_is_number, cells)) else cells


def _cell(text: str) -> str:
    """What a cell holds, without its quotes."""
    return text.strip().strip('"').strip()


def _numbers(rows: list[_Row], form: _Form, where: str) -> NDArray[Any]:
    """float32 or uint8 (rows, columns); InputError names the first row that is not of as many numbers as the first."""
    with contextlib.suppress(ValueError):
        table = _parsed([form.plain(row.text) for row in rows], form)
        if table.shape[1] == form.columns:
            return table
    told = ((row.number, said) for row in rows if (said := _what_is_wrong(form.plain(row.text), form)))
    number, said = next(told, (rows[0].number, _NO_NUMBERS))
    raise InputError(f"{where}: row {words.count(number)} {said}.", advice=_ADVICE)


def _what_is_wrong(line: str, form: _Form) -> str:
    """What a row has that is not as many numbers as the first row has; empty if nothing."""
    try:
        columns = _parsed([line], form).shape[1]
    except ValueError:
        cells = list(map(_cell, line.split(form.separator)))
        columns = len(cells)
        if columns == form.columns:
            place, cell = next(((place, cell) for place, cell in enumerate(cells, 1) if not _is_number(cell)), (0, ""))
            held = f"holds {one_line(cell, 30)!r}, not a number," if cell else "holds nothing"
            return f"{held} in column {place}" if place else _NO_NUMBERS
    return "" if columns == form.columns else f"has {words.plural(columns, 'column')}, not {form.columns}"


def _parsed(lines: list[str], form: _Form) -> NDArray[Any]:
    """The numbers in these rows: bytes if all are, which take a tenth of the time and a quarter of the memory."""
    try:
        return np.loadtxt(lines, np.uint8, delimiter=form.separator, quotechar='"', comments=None, ndmin=2)
    except ValueError:
        return np.loadtxt(lines, np.float32, delimiter=form.separator, quotechar='"', comments=None, ndmin=2)


def _columns(table: NDArray[Any], form: _Form, where: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """The labels, (N,) or one-hot (N, 10), and pixels (N, 784)."""
    named = label_column(form.names)
    kept = list(range(form.columns))
    if named is not None:
        kept.remove(named)
    # A column in front that counts the rows: pandas writes one.
    counts = np.arange(len(table))
    if len(kept) > (PIXELS if named is not None else PIXELS + 1):
        kept = [one for one in kept if not any(np.array_equal(table[:, one], counts + start) for start in (0, 1))]
    if named is None and len(kept) == PIXELS + 1:
        # A label comes first or last; a corner of the picture is the same in every row.
        first, last = table[:, kept[0]], table[:, kept[-1]]
        named = kept[-1] if np.ptp(first) == 0 and np.ptp(last) > 0 and last.max() < 10 else kept[0]
        kept.remove(named)
    if named is None and len(kept) == PIXELS + _ONE_HOT:
        for labels in (kept[:_ONE_HOT], kept[-_ONE_HOT:]):
            if is_one_hot(table[:, labels]):
                return table[:, labels], table[:, [one for one in kept if one not in labels]]
    if named is None and len(kept) == PIXELS:
        raise InputError(
            f"{where} has 784 pixels in each row, and no label.",
            advice="Put each label in front of its row. Kaggle keeps the labels of its test.csv: give its train.csv.",
        )
    if named is None or len(kept) != PIXELS:
        raise InputError(f"{where} has {words.count(form.columns)} columns, not 785.", advice=_ADVICE)
    return table[:, named], table[:, kept]


def _too_narrow(first: str, form: _Form, where: str) -> InputError:
    shown = one_line(first, 60)
    advice = _ADVICE
    if form.columns <= 10 and any(mark in first.lower() for mark in (".png", ".jpg", ".bmp", "file", "image", "path")):
        advice = "It names pictures: put those into folders named 0 to 9, by their labels."
    return InputError(
        f"{where} has {words.plural(form.columns, 'column')}, not 785; the first row is {shown!r}.", advice=advice
    )
