"""Says what PyTorch's files hold in place of weights that are read: NumPy's arrays, sparse tensors, an optimizer."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_tensors import Tensor

_MOST_NAMED: Final = 3
_MOST_HOLDERS: Final = 200
"""Dicts and lists that are looked into."""
_LONGEST_LIST: Final = 200
_LONGEST_NAME: Final = 80
_DENSE: Final = (
    "sparse tensors",
    "Save dense ones: torch.save({key: value.to_dense() for key, value in model.state_dict().items()}, ...).",
)
_TENSORS: Final = (
    "NumPy arrays, not tensors",
    "Save tensors: torch.save({key: torch.from_numpy(value) for key, value in weights.items()}, ...).",
)
_PLAIN: Final = (
    "tensors of a kind that is not read",
    "Save plain ones: torch.save(model.cpu().float().state_dict(), ...).",
)


def is_optimizer(held: Mapping[object, object]) -> bool:
    """Whether a dict is an optimizer's state, which holds tensors of the weights' shapes."""
    return "param_groups" in held and "state" in held


def refuse_unread(held: object) -> None:
    """FormatError that says so if weights in what was saved are stored in a way that is not read.

    A network without them would be another one.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for name, value in _named(held):
        how = _how(value)
        if how is not None:
            found.setdefault(how, []).append(name)
    for (what, advice), names in found.items():
        more = ", ..." if len(names) > _MOST_NAMED else ""
        raise FormatError(f"Its weights ({', '.join(names[:_MOST_NAMED])}{more}) are {what}.", advice=advice)
    match held:
        case dict() if is_optimizer(held):
            raise FormatError("The file holds an optimizer's state, not a network.", advice="Save model.state_dict().")
        case [*values] if values and all(isinstance(value, Tensor) for value in values):
            raise FormatError(
                "The file holds a list of tensors, without the names of the layers that they belong to.",
                advice="Save model.state_dict() instead of model.parameters().",
            )


def _named(held: object) -> Iterator[tuple[str, Instance]]:
    """The objects in what was saved with the keys that lead to them; what dicts and lists hold, of each once."""
    waiting: deque[tuple[str, object]] = deque([("", held)])
    seen: set[int] = set()
    while waiting:
        name, value = waiting.popleft()
        if isinstance(value, Instance):
            yield name, value
        elif id(value) not in seen and len(seen) < _MOST_HOLDERS:
            inner = _inner(value)
            if inner:
                seen.add(id(value))
            waiting.extend((f"{name}.{key}".removeprefix(".")[:_LONGEST_NAME], one) for key, one in inner)


def _inner(value: object) -> Sequence[tuple[object, object]]:
    match value:
        case dict() if not is_optimizer(value):
            return list(value.items())
        case list() | tuple():
            return list(enumerate(value[:_LONGEST_LIST]))
        case _:
            return ()


def _how(value: Instance) -> tuple[str, str] | None:
    """What an object is that stands for a tensor, and what to do about it; None for anything else."""
    kind = value.kind
    if kind.name == "_rebuild_sparse_tensor":
        return _DENSE
    if kind.name == "_reconstruct" and kind.module.split(".")[0] == "numpy":
        return _TENSORS if _axes(value) else None
    return _PLAIN if kind.path.startswith("torch._utils._rebuild_") else None


def _axes(array: Instance) -> int:
    """How many axes an array of NumPy's has; a single number, such as an accuracy, has none."""
    match array.state:
        case (_, tuple() as shape, *_):
            return len(shape)
        case _:
            return 0
