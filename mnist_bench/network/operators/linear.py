"""linear: a fully connected layer."""

from dataclasses import dataclass
from typing import ClassVar

from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.weighted import Weighted


@dataclass(frozen=True, slots=True, eq=False)
class Linear(Weighted):
    """A fully connected layer: weight (out, in), bias (out,)."""

    kind: ClassVar[str] = "linear"
    code: ClassVar[int] = 2
    body: ClassVar[str] = "u32 x 2: out, in; then the weights"
    axes: ClassVar[int] = 2

    def __post_init__(self) -> None:
        self._check_weights()

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape behind it; NetworkError if `shapes` do not fit it."""
        if shapes[0] != (self.weight.shape[1],):
            raise NetworkError(f"A linear operator for {self.weight.shape[1]} features is given the shape {shapes[0]}.")
        return (self.weight.shape[0],)

    def multiply_adds(self, *shapes: Shape) -> int:
        """Multiplications for one image of `shapes`."""
        self.output_shape(*shapes)
        return self.weight.size
