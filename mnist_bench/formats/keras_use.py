"""A Keras layer where it is used: what its reading function needs to know of it."""

from dataclasses import dataclass
from typing import Any

from mnist_bench.formats.building import GraphBuilder, NotSupported
from mnist_bench.formats.hdf5 import Hdf5File
from mnist_bench.formats.keras_config import Layer
from mnist_bench.formats.keras_weights import weight_names
from mnist_bench.network.arrays import FloatArray, Shape
from mnist_bench.network.operators.window import Pair


@dataclass(frozen=True)
class Use:
    """One call of a layer.

    Attributes:
        graph: what it is written into.
        layer: the layer.
        arguments: what it reads: values of the graph by their names, and numbers.
        file: where its weights are.
        paths: of its weights in the file, as `weight_names` orders them.
    """

    graph: GraphBuilder
    layer: Layer
    arguments: tuple[str | float, ...]
    file: Hdf5File
    paths: tuple[str, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The values among its arguments."""
        return tuple(argument for argument in self.arguments if isinstance(argument, str))

    @property
    def value(self) -> str:
        """The one value that it reads."""
        (value,) = self.values
        return value

    def option(self, *names: str, default: Any = None) -> Any:
        """A setting, under the first of `names` that it has and that is not None: versions of Keras differ."""
        for name in names:
            if self.layer.config.get(name) is not None:
                return self.layer.config[name]
        return default

    def pair(self, *names: str, default: int | Pair = 1) -> Pair:
        """A setting of one number, or of one for each of height and width."""
        return as_pair(self.option(*names, default=default))

    @property
    def channels_last(self) -> bool:
        """Whether its images are (height, width, channels)."""
        return self.option("data_format", "dim_ordering", default="channels_last") not in ("channels_first", "th")

    @property
    def has_bias(self) -> bool:
        """Whether it adds a bias."""
        return bool(self.option("use_bias", "bias", default=True))

    def weight(self, name: str, shape: Shape | None = None) -> FloatArray:
        """The weights of this name.

        Raises:
            NotSupported: they are not there, or not of `shape`.
            FormatError: they cannot be read.
        """
        names = weight_names(self.layer)
        if len(self.paths) != len(names):
            raise NotSupported("without its weights: the file does not have as many arrays as its layers need")
        array = self.file.array(self.paths[names.index(name)])
        if shape is not None and array.shape != shape:
            raise NotSupported(f"with a {name} of the shape {array.shape} instead of {shape}")
        return array


def as_pair(value: Any) -> Pair:
    """Height and width from one number for both or from two; ValueError or TypeError for anything else."""
    height, width = value if isinstance(value, list | tuple) else (value, value)
    return int(height), int(width)
