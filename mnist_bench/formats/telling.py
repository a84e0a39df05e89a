"""Exported files that put out the values of layers as well, so that an engine can be traced."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_bench.network.arrays import Shape
from mnist_bench.network.layers import ActivationQuantization


@dataclass(frozen=True, slots=True, eq=False)
class ToldValue:
    """What one output of a file holds.

    Attributes:
        places: of the operators in the network whose value it is; several where the file has no operator for some.
        quantization: the network's, of an output of bytes, which are 128 less where they are signed; None for floats.
        channels_last: whether an image's channels are its last axis in the file.
        columns: of a flattened image: which feature of the network is at each place of the file; None: the same.
    """

    places: tuple[int, ...]
    quantization: ActivationQuantization | None = None
    channels_last: bool = False
    columns: npt.NDArray[np.int64] | None = None

    def read(self, output: npt.NDArray[Any], shape: Shape) -> npt.NDArray[np.float32]:
        """An output with a batch axis of 1 as the network's value of `shape`; ValueError where it cannot be that."""
        value = output[0]
        if output.dtype != np.float32:
            if self.quantization is None:
                raise ValueError("An output of floats holds bytes.")
            zero_point = self.quantization.zero_point - (128 if output.dtype == np.int8 else 0)
            value = (value.astype(np.int32) - zero_point).astype(np.float32) * np.float32(self.quantization.scale)
        if self.columns is not None:
            value = value.reshape(-1)[np.argsort(self.columns)]
        elif self.channels_last and len(shape) == 3:
            value = value.transpose(2, 0, 1)
        if value.shape != shape:
            raise ValueError(f"An output has the shape {value.shape} where the network's is {shape}.")
        return np.ascontiguousarray(value, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class TellingFile:
    """A file, and what each of its outputs holds; the first are the logits.

    `operators`: of a TFLite file, which has no names for them: the kind of each ("ADD and RELU" for an addition with
    one), and the place in the network of the (last) operator that it executes.
    """

    data: bytes
    told: tuple[ToldValue, ...]
    operators: tuple[tuple[str, int], ...] = ()
