"""Arrays of any program as digit images and labels: their shapes, and what their values stand for."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_bench.base import words
from mnist_bench.base.errors import InputError
from mnist_bench.digits.sets.found import Found, listed

SIDE = 28
_PIXELS = SIDE * SIDE
_DIGITS = 10
_SLACK = 0.1
"""Resampling leaves values a little beyond 0 and 1."""
_MEAN, _DEVIATION = 0.1307, 0.3081
"""What PyTorch's examples take off, and divide by (torchvision's Normalize)."""
_LEAST_WHITE = 128
"""Among values of 0 to 255 some are larger than this."""
_BLOCK = 4096

_SIDE_ADVICE = {
    32: "Where MNIST was padded to 32 x 32, cut the edge off: images[:, 2:30, 2:30]; scale others to 28 x 28.",
    20: "MNIST's digits lie in the middle of 28 x 28 pixels: numpy.pad(images, ((0, 0), (4, 4), (4, 4))).",
}


def images_in(shape: Sequence[int]) -> int | None:
    """How many images of 28 x 28 an array of this shape holds; None where it is no array of those.

    (N, 28, 28), (N, 784), (N, 1, 28, 28), (N, 28, 28, 1), (N, 1, 784), (N, 784, 1), also with three equal channels;
    and as MATLAB has them (28, 28, N) and (784, N).
    """
    for place, form in _forms(shape):
        if form in ((SIDE, SIDE), (_PIXELS,)):
            return shape[place]
    return None


def labels_in(shape: Sequence[int]) -> int | None:
    """How many labels an array of this shape may hold: (N,), (N, 1), (1, N), or one-hot (N, 10), (10, N)."""
    if len(shape) == 1:
        return shape[0]
    if len(shape) != 2:
        return None
    if shape[1] in (1, _DIGITS):
        return shape[0]
    return shape[1] if shape[0] in (1, _DIGITS) else None


def to_digits(images: NDArray[Any], labels: NDArray[Any]) -> Found:
    """Digits of arrays in shapes that `images_in` and `labels_in` know.

    Raises:
        InputError: they do not fit each other, or their values are not those of digits.
    """
    plain, numbers = _to_images(images), to_labels(labels)
    if len(plain) != len(numbers):
        raise InputError(f"There are {words.plural(len(plain), 'image')} and {words.plural(len(numbers), 'label')}.")
    pixels, notes = _to_bytes(plain)
    return Found(pixels, numbers, notes)


def size_error(shapes: Sequence[tuple[str, Sequence[int]]], unread: Sequence[str] = ()) -> InputError:
    """Why arrays of these names and shapes hold no digits; `unread` names those that are not of numbers."""
    each = [f"{name} {_shape_words(shape)}" for name, shape in shapes[:6]]
    each += [f"{name} (not of numbers)" for name in unread[:6]]
    there = ", ".join(each) or "no arrays of numbers"
    side = next((_side(shape) for _, shape in shapes if _side(shape) is not None), None)
    if side is None:
        advice = "Give images of shape (N, 28, 28) or (N, 784), and labels of shape (N,)."
        if unread:
            advice = f"{advice[:-1]}, all as numbers: labels.astype('uint8')."
    else:
        advice = _SIDE_ADVICE.get(side, "Scale the images to 28 x 28, or give pictures in folders 0 to 9.")
    return InputError(f"There are no images of 28 x 28 pixels with labels, but {there}.", advice=advice)


def to_labels(labels: NDArray[Any]) -> NDArray[np.uint8]:
    """Labels of any type, uint8 (N,): numbers, digits as text, or one-hot rows."""
    advice = "Labels are the numbers 0 to 9."
    if labels.ndim == 2:
        if labels.shape[1] not in (1, _DIGITS):
            labels = labels.T
        if labels.shape[1] == _DIGITS and labels.shape[0] != 0:
            labels = _one_hot(labels)
    labels = labels.reshape(-1)
    if labels.dtype.kind in "SUT":
        texts = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in labels.tolist()]
        numbers = list(map(_number, texts))
        if others := {text: None for text, number in zip(texts, numbers, strict=True) if number is None}:
            raise InputError(f"Some labels are not numbers: {listed(others)}.", advice=advice)
        labels = np.array(numbers, np.float64)
    if labels.dtype.kind not in "iufb":
        raise InputError("The labels are not numbers.", advice=advice)
    if labels.dtype.kind == "f" and not (labels == np.floor(labels)).all():
        raise InputError("Some labels are not whole numbers.", advice=advice)
    if labels.size and not 0 <= labels.min() <= labels.max() < _DIGITS:
        low, high = (words.setting(float(one)) for one in (labels.min(), labels.max()))
        if (low, high) == ("1", "10"):
            advice = "Where 10 stands for the digit 0, as in MATLAB, write 0 for it."
        elif labels.min() >= 0:
            advice = "If it holds letters or other things, too, keep the digits alone."
        raise InputError(f"Some labels are not digits from 0 to 9: they are {low} to {high}.", advice=advice)
    return labels.astype(np.uint8)


def _number(text: str) -> float | None:
    """The number that a text is; None where it is none. Programs write labels as "7.0" where some are missing."""
    try:
        return float(text)
    except ValueError:
        return None


def is_one_hot(labels: NDArray[Any]) -> bool:
    """Whether each row (N, 10) has a single 1 among zeros."""
    is_one = np.asarray(labels == 1)
    return bool(((labels == 0) | is_one).all() and (is_one.sum(axis=1) == 1).all())


def _one_hot(labels: NDArray[Any]) -> NDArray[np.int64]:
    if not is_one_hot(labels):
        raise InputError("The labels are not numbers, and not one-hot either: a single 1 in each row of ten.")
    return np.asarray(np.asarray(labels == 1).argmax(axis=1))


def _forms(shape: Sequence[int]) -> list[tuple[int, tuple[int, ...]]]:
    """For the first and the last axis as that of the images, the shape of one image without its channels."""
    forms = []
    for place in (0, len(shape) - 1):
        one = [side for axis, side in enumerate(shape) if axis != place]
        if len(one) > 1 and one[0] in (1, 3):
            one = one[1:]
        elif len(one) > 1 and one[-1] in (1, 3):
            one = one[:-1]
        forms.append((place, tuple(one)))
    return forms


def _to_images(images: NDArray[Any]) -> NDArray[Any]:
    """(N, 28, 28) of the same values."""
    place = next((place for place, form in _forms(images.shape) if form in ((SIDE, SIDE), (_PIXELS,))), None)
    if place is None:
        raise size_error([("images", images.shape)])
    if place:
        images = np.moveaxis(images, -1, 0)
    if images.ndim > 2 and 3 in (images.shape[1], images.shape[-1]):
        images = np.moveaxis(images, 1 if images.shape[1] == 3 else -1, 0)
        if not (images == images[0]).all():
            raise InputError("The images are coloured.", advice="Make them grey, of shape (N, 28, 28).")
        images = images[0]
    return images.reshape(-1, SIDE, SIDE)


def _to_bytes(images: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """uint8 (N, 28, 28), and a note where the values were not bytes."""
    if not images.size:
        raise InputError("There are no images in it.")
    if images.dtype.kind not in "uifb":
        raise InputError("The images are not numbers.", advice="Give bytes, or numbers from 0 to 1.")
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise InputError("Some pixels are not finite numbers.", advice="Give bytes, or numbers from 0 to 1.")
    is_whole = images.dtype.kind != "f"
    if is_whole and low >= 0 and (_LEAST_WHITE <= high <= 255 or (images.dtype == np.uint8 and high != 1)):
        return np.ascontiguousarray(images.astype(np.uint8)), ()
    if low >= -_SLACK and high <= 1 + _SLACK:
        return _scaled(images, 255, 0), ("Their values, 0 to 1, were taken for 0 to 255.",)
    if -1 - _SLACK <= low <= -0.9 and high <= 1 + _SLACK:
        return _scaled(images, 127.5, 127.5), ("Their values, -1 to 1, were taken for 0 to 255.",)
    background, ink = -_MEAN / _DEVIATION, (1 - _MEAN) / _DEVIATION
    if abs(low - background) < 0.01 and high < ink + 0.01:
        note = f"Their values, (x - {_MEAN}) / {_DEVIATION}, were taken for 0 to 255."
        return _scaled(images, 255 * _DEVIATION, 255 * _MEAN), (note,)
    if low >= 0 and _LEAST_WHITE <= high <= 255:
        return _scaled(images, 1, 0), ()
    raise InputError(
        f"The pixels are {words.setting(low)} to {words.setting(high)}.",
        advice="Give bytes from 0 to 255 or numbers from 0 to 1: undo whatever else they were scaled by.",
    )


def _scaled(images: NDArray[Any], factor: float, offset: float) -> NDArray[np.uint8]:
    """The nearest bytes, some thousand images at a time: copies of all in float64 would take gigabytes."""
    scaled = np.empty(images.shape, np.uint8)
    for start in range(0, len(images), _BLOCK):
        block = images[start : start + _BLOCK].astype(np.float32) * np.float32(factor) + np.float32(offset)
        scaled[start : start + _BLOCK] = np.clip(np.rint(block), 0, 255)
    return scaled


def _side(shape: Sequence[int]) -> int | None:
    """The side of the square images in an array of this shape, if it holds such."""
    for _, form in _forms(shape):
        if len(form) == 2 and form[0] == form[1] != SIDE:
            return form[0]
        root = round(form[0] ** 0.5) if len(form) == 1 else 0
        if root > 3 and root != SIDE and root * root == form[0] and len(shape) == 2 and shape[0] != shape[1]:
            return root
    return None


def _shape_words(shape: Sequence[int]) -> str:
    return f"({', '.join(map(words.count, shape))}{',' if len(shape) == 1 else ''})"
