"""Builds a foreign graph from PyTorch's operators, one call after another, with the shapes that PyTorch would have."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import (
    ARGMAX_LEFT_OUT,
    ForeignGraph,
    ForeignNode,
    ForeignOperator,
    Identity,
    Unsupported,
)
from mnist_bench.formats.pixel_scale import scale_of_front
from mnist_bench.network.arrays import Shape
from mnist_bench.network.errors import NetworkError
from mnist_bench.network.operators.operator import Operator

MAX_NODES = 2_000
INPUT = "image"
INPUT_SHAPES: tuple[Shape, ...] = (
    (1, 28, 28),
    (784,),
    (28, 28),
    (1, 32, 32),
    (3, 28, 28),
    (3, 32, 32),
    (28, 28, 1),
    (1, 784),
    (1024,),
)
"""Of one image, the most usual first: what a file that does not tell its input's shape is tried with."""

_LIVE_DROPOUT = (
    "Dropout was left on when the file was saved, so each call of it answers a little differently. It is left out here."
)


class ShapeMismatch(FormatError):
    """Shapes that do not fit together, as with an input that the network was not made for."""


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value that is computed from the image.

    Attributes:
        name: in the graph.
        shape: with PyTorch's batch axis in front if there is one.
        is_batched: whether there is one.
        is_known: whether its shape is; that of what is not supported is not.
    """

    name: str
    shape: Shape
    is_batched: bool = True
    is_known: bool = True

    @property
    def image_shape(self) -> Shape:
        """Its shape in the graph, where no value has a batch axis."""
        return self.shape[1:] if self.is_batched else self.shape

    def axis(self, axis: int) -> int:
        """The axis of its shape, counted from the front; ShapeMismatch if there is none."""
        axes = len(self.shape)
        if not -axes <= axis < axes:
            raise ShapeMismatch(f"A value with {axes} axes has no axis {axis}.")
        return axis % axes


class GraphBuilder:
    """The nodes of a graph as they are found.

    Attributes:
        place: where in the file the next nodes stand.
        batch: images in a call, as the file's own code writes it into shapes.
        notes: what a person should know, a sentence each.
        is_refused: there is something in it that is not supported.
        learned: values behind a batch norm, whose factors are not those of a normalisation written by hand.
    """

    def __init__(self, input_shape: Shape, batch: int = 1) -> None:
        self.place = ""
        self.batch = batch
        self.notes: list[str] = []
        self._input_shape = input_shape
        self._nodes: list[ForeignNode] = []
        self._made = 0
        self.is_refused = False
        self.learned: set[str] = set()
        self._class_of: dict[str, Value] = {}
        self.input = Value(INPUT, (batch, *input_shape))

    def add(self, what: str, operator: Operator, inputs: Sequence[Value]) -> Value:
        """A node of one of the product's operators.

        Raises:
            ShapeMismatch: it does not take values of these shapes.
        """
        try:
            after = operator.output_shape(*(value.image_shape for value in inputs))
        except NetworkError as error:
            raise ShapeMismatch(f"{self.place or what}: {error.message}") from error
        except IndexError as error:
            raise ShapeMismatch(f"{self.place or what}: it is given a value without axes.") from error
        is_batched = inputs[0].is_batched
        return self._append(what, operator, inputs, (self.batch, *after) if is_batched else after, is_batched)

    def add_foreign(self, what: str, operator: Operator | ForeignOperator, value: Value, shape: Shape) -> Value:
        """A node whose output has `shape`, with the batch axis if `value` has one."""
        return self._append(what, operator, [value], shape, value.is_batched)

    def identity(self, what: str, value: Value) -> Value:
        """A node that changes nothing."""
        return self._append(what, Identity(what), [value], value.shape, value.is_batched)

    def reshaped(self, what: str, operator: ForeignOperator, value: Value, shape: Shape) -> Value:
        """A node whose output has `shape`: with a batch axis if it begins as the input does."""
        is_batched = value.is_batched and self.is_batch(shape)
        return self._append(what, operator, [value], shape, is_batched)

    def unsupported(self, what: str, inputs: Iterable[object], *, why: str = "", keeps_shape: bool = False) -> Value:
        """A node that this program does not run; with it the graph is refused once all of it is known."""
        self.is_refused = True
        values = [value for value in inputs if isinstance(value, Value)] or [self.input]
        return self._unknown(what, Unsupported(what, why), values, keeps_shape)

    def class_alone(self, what: str, value: Value) -> Value:
        """A node (an argmax) that gives the class alone; where a file puts out nothing else, `value` is taken."""
        made = self._unknown(what, Unsupported.class_alone(what), [value], False)
        self._class_of[made.name] = value
        return made

    def behind_unsupported(self, what: str, values: Sequence[Value]) -> Value:
        """A node that reads what is not supported, so that its own output is not known either."""
        return self._unknown(what, Identity(what), values, False)

    def _unknown(self, what: str, operator: ForeignOperator, values: Sequence[Value], keeps_shape: bool) -> Value:
        first = values[0]
        made = self._append(what, operator, values, first.shape if keeps_shape else (), first.is_batched)
        return made if keeps_shape and first.is_known else replace(made, is_known=False)

    def is_batch(self, shape: Shape) -> bool:
        """Whether the first axis of a value of this shape is that of the batch."""
        return len(shape) > 1 and shape[0] == self.batch

    @property
    def nodes(self) -> tuple[ForeignNode, ...]:
        """Those found until now."""
        return tuple(self._nodes)

    @property
    def last(self) -> Value:
        """What the last node puts out, of a graph that cannot be followed further."""
        return Value(self._nodes[-1].output if self._nodes else INPUT, (), is_known=False)

    def maker(self, value: Value) -> ForeignNode | None:
        """The node that makes a value; None of the image."""
        return next((node for node in reversed(self._nodes) if node.output == value.name), None)

    def drop(self, node: ForeignNode) -> None:
        """Take out a node whose output nobody reads, because it is only a part of the operator that is added next."""
        self._nodes.remove(node)

    def dropout(self, value: Value, is_live: bool) -> Value:
        """A dropout, with a note if it was live."""
        if is_live and _LIVE_DROPOUT not in self.notes:
            self.notes.append(_LIVE_DROPOUT)
        return self.identity("dropout", value)

    def note(self, sentence: str) -> None:
        """Keep what a person should know, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def graph(self, format_name: str, name: str, output: object, guessed: Sequence[str] = ()) -> ForeignGraph:
        """The graph that puts out `output`: a value, or a tuple, list or dict of several, of which one is chosen.

        Raises:
            FormatError: nothing that is computed from the image is put out.
        """
        value = self._chosen(output)
        if value.name in self._class_of:
            self.note(ARGMAX_LEFT_OUT)
            value = self._class_of[value.name]
        read = {name for node in self._nodes for name in node.inputs}
        nodes = [node for node in self._nodes if node.output not in self._class_of or node.output in read]
        return ForeignGraph(
            format_name,
            name,
            INPUT,
            self._input_shape,
            tuple(nodes),
            value.name,
            guessed=tuple(guessed),
            notes=tuple(self.notes),
            pixel_scale=scale_of_front(nodes, INPUT, self.learned),
        )

    def _chosen(self, output: object) -> Value:
        if isinstance(output, Value):
            return output
        several = output.values() if isinstance(output, dict) else output
        values = [one for one in several if isinstance(one, Value)] if isinstance(several, Iterable) else []
        if not values:
            raise FormatError("The network puts out nothing that is computed from the image.")
        chosen = next((one for one in values if one.shape[-1:] == (10,)), values[0])
        if len(values) > 1:
            self.note(
                f"The network puts out {len(values)} values; number {values.index(chosen) + 1} is taken as its answer."
            )
        return chosen

    def _append(
        self,
        what: str,
        operator: Operator | ForeignOperator,
        inputs: Sequence[Value],
        shape: Shape,
        is_batched: bool,
    ) -> Value:
        if len(self._nodes) >= MAX_NODES:
            raise FormatError(f"The network has more than {MAX_NODES:,} operators.")
        self._made += 1
        output = f"{self._made}:{what}"
        self._nodes.append(ForeignNode(self.place or what, operator, tuple(value.name for value in inputs), output))
        return Value(output, shape, is_batched)
