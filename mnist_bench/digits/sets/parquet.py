"""Parquet files, as the Hugging Face hub and pandas have data sets: pictures with labels, or columns of pixels."""

from collections.abc import Iterator
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.base.text import one_line
from mnist_bench.digits.pictures import MAX_FILE_BYTES, digit_from_bytes
from mnist_bench.digits.sets.arrays import SIDE, images_in, to_digits, to_labels
from mnist_bench.digits.sets.found import MAX_BYTES, MOST_DIGITS, Found, Progress, listed
from mnist_bench.digits.sets.tables import PIXELS, label_column

_ROWS = 1000
_LARGE = 2**15
_IMAGE_NAMES = ("image", "images", "img", "pixels", "data", "picture")
_INSTALL = "Install it with `pip install 'mnist-bench[parquet]'`, or write the data as .npz or CSV."
_ADVICE = "It needs a column of labels (0 to 9), and one of pictures or 784 of pixels."


def read_parquet(file: IO[bytes], where: str, on_progress: Progress | None) -> Found:
    """The digits in a file; pictures that cannot be read are left out and counted.

    Raises:
        InputError: pyarrow is not installed, or the file is damaged, holds too much, or has no such columns.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise InputError(f"{where} is a Parquet file, which needs pyarrow.", advice=_INSTALL) from None
    try:
        table = parquet.ParquetFile(file)
        names = table.schema_arrow.names
        rows = table.metadata.num_rows
        unpacked = sum(table.metadata.row_group(one).total_byte_size for one in range(table.num_row_groups))
    except Exception as error:  # a damaged file may raise anything
        raise InputError(f"{where} is a damaged Parquet file.", advice="Get it again.") from error
    if rows > MOST_DIGITS or unpacked > MAX_BYTES:
        raise InputError(f"{where} is too large: {words.count(rows)} rows, {words.size(unpacked)} unpacked.")
    return _Reader(table, names, rows, where).read(on_progress)


class _Reader:
    """Reads a table some rows at a time."""

    def __init__(self, table: Any, names: list[str], rows: int, where: str) -> None:
        self._table = table
        self._rows = rows
        self._where = where
        label = label_column(names)
        if label is None:
            raise InputError(f"{where} has no column of labels, but {listed(names)}.", advice=_ADVICE)
        self._label = names[label]
        self._pixels = [name for name in names if name != self._label]
        # A single column of pictures, or of rows of pixels; others may be beside it.
        self._image = next((name for name in self._pixels if name.lower() in _IMAGE_NAMES), None)
        if self._image is None and len(self._pixels) == 1:
            self._image = self._pixels[0]
        if self._image is None and "__index_level_0__" in self._pixels:
            self._pixels.remove("__index_level_0__")  # pandas writes it
        if self._image is None and len(self._pixels) != PIXELS:
            raise InputError(f"{where} has {words.plural(len(names), 'column')}: {listed(names)}.", advice=_ADVICE)

    def read(self, on_progress: Progress | None) -> Found:
        """All its digits."""
        images: list[Any] = []
        labels: list[Any] = []
        left_out: list[str] = []
        done = 0
        for columns in self._batches():
            of_batch = columns[self._label]
            if self._image is None:
                images.append(np.stack([columns[name] for name in self._pixels], axis=1))
                labels.append(_texts(of_batch))
            else:
                kept = [
                    (image, label)
                    for number, (value, label) in enumerate(zip(columns[self._image], of_batch, strict=True), done)
                    if (image := self._digit(value, label, number, left_out)) is not None
                ]
                images += [np.stack([image for image, _ in kept])] if kept else []
                labels.append(_texts(np.array([label for _, label in kept], of_batch.dtype)))
            done += len(of_batch)
            if on_progress is not None:
                on_progress(done, self._rows)
        if not images:
            raise InputError(f"{self._where} holds no digit that can be read{': ' * bool(left_out)}{listed(left_out)}.")
        found = to_digits(np.concatenate(images), to_labels(np.concatenate(labels)))
        return Found(found.images, found.labels, found.notes, tuple(left_out))

    def _batches(self) -> Iterator[dict[str, Any]]:
        """The columns that are read, some rows at a time: numbers as arrays, pictures as a list."""
        names = [self._label, *([self._image] if self._image is not None else self._pixels)]
        try:
            for batch in self._table.iter_batches(batch_size=_ROWS, columns=names):
                yield {
                    name: batch.column(name).to_pylist()
                    if name == self._image
                    else batch.column(name).to_numpy(zero_copy_only=False)
                    for name in names
                }
        except Exception as error:  # as above: a damaged file may raise anything
            raise InputError(f"{self._where} is a damaged Parquet file.", advice="Get it again.") from error

    def _digit(self, value: Any, label: Any, number: int, left_out: list[str]) -> Any:
        """The image (28, 28) in a cell: a picture's bytes, or pixels; None where it cannot be read."""
        try:
            data = value.get("bytes") if isinstance(value, dict) else value
            if data is None:
                is_named = isinstance(value, dict) and value.get("path")
                raise InputError("It names a picture's file." if is_named else "It has no picture.")
            if label is None or (isinstance(label, float | np.floating) and np.isnan(label)):  # as Arrow tells nulls
                raise InputError("It has no label.")
            if isinstance(data, bytes):
                if len(data) > MAX_FILE_BYTES:
                    raise InputError("The picture is too large.")
                if len(data) == PIXELS:
                    return np.frombuffer(data, np.uint8).reshape(SIDE, SIDE)
                return digit_from_bytes(data, f"row {number}").pixels
            pixels = np.array(data)
            if images_in((1, *pixels.shape)) is None:
                raise InputError("It is not of 28 x 28 pixels.")
            smaller = np.int16 if pixels.dtype.kind in "iu" and np.abs(pixels).max() < _LARGE else np.float32
            return pixels.astype(smaller).reshape(SIDE, SIDE)
        except (InputError, ValueError, TypeError) as error:
            reason = error.message if isinstance(error, InputError) else "neither a picture nor pixels"
            left_out.append(f"row {words.count(number)} ({one_line(reason).rstrip('.')})")
            return None


def _texts(labels: NDArray[Any]) -> NDArray[Any]:
    """Arrow gives text as objects, and lists (one-hot) as arrays."""
    if labels.dtype.kind != "O":
        return labels
    if labels.ndim == 1 and labels.size and isinstance(labels[0], np.ndarray):
        labels = np.stack(list(labels))
    return labels.astype(np.float64 if labels.ndim == 2 else np.str_)
