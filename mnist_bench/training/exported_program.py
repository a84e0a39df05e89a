"""Runs a program of torch.export by PyTorch's own operators, node by node, and not by torch.export.load.

That would run what the file says: it unpickles, evaluates sizes as expressions, and looks functions up by any path
below `torch` and `operator` (docs/adr/0024). Here a node is called only if its target is an ATen operator that the
reader knows, and its arguments are tensors, numbers, lists of these or one of a few constants.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import torch

from mnist_bench.formats.torch_export import ON_SIZES, SCALAR_TYPES, Program, of_sizes
from mnist_bench.formats.torch_operators import OPERATORS
from mnist_bench.formats.torch_zip import open_archive

_TARGET: Final = re.compile(r"torch\.ops\.aten\.(\w+)\.(\w+)", re.ASCII)
_DROPOUTS: Final = ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout")
_MEMORY_FORMATS: Final = (
    None,
    torch.contiguous_format,
    torch.channels_last,
    torch.channels_last_3d,
    torch.preserve_format,
)
"""By their numbers in the schema, as SCALAR_TYPES are."""
_PLAIN: Final[dict[str, type | tuple[type, ...]]] = {
    "as_none": type(None),
    "as_int": int,
    "as_float": (int, float),
    "as_bool": bool,
    "as_ints": list,
    "as_floats": list,
    "as_bools": list,
    "as_optional_ints": list,
}


def exported_program(data: bytes) -> Callable[[torch.Tensor], Any]:
    """The program in a file's bytes as a function, from its input to what it puts out first.

    The batch of a program may be fixed: one image is then given to it so many times, and its first answer is taken.
    Raises ValueError for what is not run here, and whatever a damaged program or an operator leads to.
    """
    program = Program(open_archive(data))
    constants = {name: torch.from_numpy(array.copy()) for name, array in program.constants().items()}

    def run(image: torch.Tensor) -> Any:
        batch = program.batch if len(image) == 1 and image.ndim == len(program.sizes) else 1
        with torch.no_grad():
            batched = image.expand(batch, *image.shape[1:])
            answer = program.follow({program.input: batched, **constants}, _call, _constant)[0]
        return answer if batch == 1 else answer[:1]

    return run


def _call(node: Mapping[str, Any], arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
    target = str(node["target"])
    module, _, name = target.partition(".")
    if module in ON_SIZES:
        result = of_sizes(name, arguments)
        if result is NotImplemented:
            raise ValueError(f"{target[:80]} is not run here")
        return result
    found = _TARGET.fullmatch(target)
    if found is None or "__" in target or found[1] not in OPERATORS:
        raise ValueError(f"{target[:80]} is not run here")
    if found[1] in _DROPOUTS:
        return [arguments[0], None] if found[1] == "native_dropout" else arguments[0]
    operator = getattr(getattr(torch.ops.aten, found[1]), found[2])
    if not isinstance(operator, torch._ops.OpOverload):
        raise ValueError(f"{target[:80]} is not run here")
    if _trains(operator, arguments, named):
        raise ValueError("a batch norm in it is in training mode")
    return operator(*arguments, **named)


def _trains(operator: Any, arguments: Sequence[Any], named: Mapping[str, Any]) -> bool:
    """Whether the operator is told that it is in training, which an import leaves out."""
    names = [argument.name for argument in operator._schema.arguments]
    return any(
        {**dict(zip(names, arguments, strict=False)), **named}.get(name) is True for name in ("train", "training")
    )


def _constant(kind: str, value: Any) -> Any:
    """What stands in the program itself, as PyTorch takes it."""
    if kind in _PLAIN and isinstance(value, _PLAIN[kind]):
        return value
    match kind:
        case "as_scalar_type":
            return getattr(torch, SCALAR_TYPES[value])
        case "as_memory_format":
            return _MEMORY_FORMATS[value]
        case "as_device":
            return torch.device("cpu")
        case "as_layout":
            return torch.strided
        case "as_string" if isinstance(value, str) and value.isidentifier():
            return value
    raise ValueError(f"an argument in it is {kind[:40]}, which is not run here")
