"""Arrays that operators hold: contiguous, read-only and finite, so that an operator can be shared without copying."""

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from mnist_bench.network.errors import NetworkError

Shape = tuple[int, ...]
FloatArray = npt.NDArray[np.float32]
A = TypeVar("A", bound=np.generic)


def frozen(array: npt.NDArray[A]) -> npt.NDArray[A]:
    """`array` itself, read-only from now on."""
    array.setflags(write=False)
    return array


def floats(values: npt.ArrayLike, shape: Shape | int, what: str) -> FloatArray:
    """A read-only float32 copy of `values`, whose shape (or number of dimensions) and finiteness are checked.

    Raises:
        NetworkError: they are not as they must be; `what` names them.
    """
    array = np.array(values, dtype=np.float32, order="C")
    if (array.ndim != shape) if isinstance(shape, int) else (array.shape != shape):
        raise NetworkError(f"The {what} have the shape {array.shape}, which does not fit the operator.")
    if not np.isfinite(array).all():
        raise NetworkError(f"The {what} hold values that are not finite numbers.")
    return frozen(array)
