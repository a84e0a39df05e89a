"""What the pickles in PyTorch's files describe, as records: classes by name, objects, and plain data made here."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_tensors import Quantizer, Tensor, dtype_kind, make_tensor

_MOST_ARGUMENTS = 16
"""Of what makes plain data."""
_LONGEST_KEY = 16
"""Values in a tuple that is a key of a dict, none of them a tuple: hashing one goes through all that is in it."""


@dataclass(frozen=True, slots=True)
class Global:
    """The name of a class or function, as a pickle gives it."""

    module: str
    name: str

    @property
    def path(self) -> str:
        """Both, as a person writes them."""
        return f"{self.module}.{self.name}"


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a class that is not run here: what the pickle said of it.

    Attributes:
        kind: its class, or the function that would have made it.
        arguments: what that would have been given.
        state: what its attributes were set from; None if they were not.
        items: what was put in it as in a dict.
        elements: what was put in it as in a list or set.
    """

    kind: Global
    arguments: tuple[object, ...] = ()
    state: object = None
    items: dict[Any, object] = field(default_factory=dict)
    elements: list[object] = field(default_factory=list)

    @property
    def attributes(self) -> dict[str, object]:
        """Its attributes, where they are known by name."""
        return self.state if isinstance(self.state, dict) else {}


def of_type(kind: type, value: Any) -> Any:
    """`value`, which must be of this very type; TypeError otherwise."""
    if type(value) is not kind:
        raise TypeError(f"a {type(value).__name__} where a {kind.__name__} belongs")
    return value


def items_of(values: list[Any]) -> dict[Any, Any]:
    """Keys and values that stand in turn, as a dict; FormatError for a key that takes long to hash."""
    keys = values[::2]
    for key in keys:
        if (type(key) is int and key.bit_length() > 64) or (
            type(key) is tuple and (len(key) > _LONGEST_KEY or not all(type(part) in (str, bool) for part in key))
        ):
            raise FormatError("The file names something by a key that no file of PyTorch needs.")
    return dict(zip(keys, values[1::2], strict=True))


def call(function: object, arguments: tuple[Any, ...]) -> object:
    """What `function` would have made of `arguments`: plain data where it is known, otherwise a record of the call."""
    if not isinstance(function, Global):
        return Instance(function.kind if isinstance(function, Instance) else Global("", "?"), arguments)
    make = PLAIN.get((function.module, function.name))
    if make is None:
        return Instance(function, arguments)
    if len(arguments) > _MOST_ARGUMENTS:
        raise FormatError(f"The file gives {function.path} {len(arguments):,} arguments: it is damaged.")
    return make(*arguments)


def _ordered_dict(pairs: Any = None, *_: object) -> dict[Any, Any]:
    """`pairs` is a list, from Python 2 alone. It is emptied: a pickle that gives it twice cannot fill the memory."""
    if pairs is None or pairs == ():
        return {}
    made = items_of([part for key, value in of_type(list, pairs) for part in (key, value)])
    pairs.clear()
    return made


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: object) -> Tensor:
    return make_tensor(storage, offset, shape, strides)


def _typed_tensor(storage: Any, offset: Any, shape: Any, strides: Any, *rest: Any) -> Tensor:
    """torch._utils._rebuild_tensor_v3: the storage has no kind of its own, `rest[2]` is the dtype."""
    return replace(make_tensor(storage, offset, shape, strides), kind=dtype_kind(of_type(Global, rest[2]).name))


def _quantized_tensor(storage: Any, offset: Any, shape: Any, strides: Any, how: Any, *_: object) -> Tensor:
    """torch._utils._rebuild_qtensor: `how` is (scheme, scale, zero point) or (scheme, scales, zero points, axis)."""
    tensor = make_tensor(storage, offset, shape, strides)
    scheme, scale, zero_point, *axis = of_type(tuple, how)[:4]
    if of_type(Global, scheme).name == "per_tensor_affine":
        quantizer = Quantizer(of_type(float, scale), of_type(int, zero_point), None)
    elif scheme.name in ("per_channel_affine", "per_channel_affine_float_qparams"):
        quantizer = Quantizer(of_type(Tensor, scale), of_type(Tensor, zero_point), of_type(int, axis[0]))
    else:
        raise FormatError(f"The file holds a tensor quantized as {scheme.name[:40]!r}, which cannot be read.")
    return replace(tensor, quantizer=quantizer)


def _first(value: Any, *_: object) -> Any:
    return value


def _from_type(function: Any, _: object, arguments: Any, __: object) -> object:
    """torch._tensor._rebuild_from_type_v2: `function` of `arguments`, as a subclass of Tensor."""
    return call(function, of_type(tuple, arguments))


def _sequence(values: Any = ()) -> Any:
    """The list or tuple as it is: a copy of it each time would let a pickle fill the memory."""
    return values


PLAIN: dict[tuple[str, str], Callable[..., Any]] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _typed_tensor,
    ("torch._utils", "_rebuild_qtensor"): _quantized_tensor,
    ("torch._utils", "_rebuild_parameter"): _first,
    ("torch._utils", "_rebuild_parameter_with_state"): _first,
    ("torch._tensor", "_rebuild_from_type_v2"): _from_type,
    ("torch.nn.parameter", "Parameter"): _first,
    ("torch", "Size"): _sequence,
    **{
        ("torch.jit._pickle", name): _sequence
        for name in ("build_intlist", "build_doublelist", "build_boollist", "build_tensorlist")
    },
    ("torch.jit._pickle", "restore_type_tag"): _first,
}
