"""Reads programs that torch.export.save wrote (.pt2): a graph in JSON and its weights, in one zip file.

The schema is that of torch/_export/serde/schema.py (version 8), the layout that of torch/export/pt2_archive.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.layers_found import Array
from mnist_bench.formats.torch_calls import call
from mnist_bench.formats.torch_graph import GraphBuilder
from mnist_bench.formats.torch_tensors import DTYPES, Storage, Tensor, make_tensor
from mnist_bench.formats.torch_zip import Archive
from mnist_bench.formats.torchscript_builtins import BUILTINS

FORMAT = "torch.export"
_MAJOR = 8
_PROGRAM = "models/model.json"
SCALAR_TYPES = {
    1: "uint8",
    2: "int8",
    3: "int16",
    4: "int32",
    5: "int64",
    6: "float16",
    7: "float32",
    8: "float64",
    12: "bool",
    13: "bfloat16",
}
"""torch's names of the schema's numbers of kinds."""
ON_SIZES = ("_operator", "math")
"""Modules of Python whose functions stand in programs, for what is computed of sizes."""
Call = Callable[[Mapping[str, Any], Sequence[Any], Mapping[str, Any]], Any]
"""What a node gives for its arguments and its named arguments."""
Constant = Callable[[str, Any], Any]
_NAMED = 2
_DAMAGED = "The exported program in the file is damaged."
_ADVICE = "Save it again with torch.export.save and a current version of PyTorch."


def is_program(archive: Archive) -> bool:
    """Whether an archive of PyTorch's holds an exported program."""
    return _PROGRAM in archive or "archive_format" in archive


def read_archive(archive: Archive, name: str) -> ForeignGraph:
    """The graph of an exported program; `name` is the graph's.

    Raises:
        FormatError: it is damaged, or of a version of the schema that is not known.
    """
    try:
        return _Reading(Program(archive)).graph(name)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise FormatError(_DAMAGED, advice=_ADVICE) from error


def _json(archive: Archive, entry: str) -> Any:
    try:
        return json.loads(archive.read(entry))
    except (ValueError, RecursionError) as error:
        raise FormatError(_DAMAGED, advice=_ADVICE) from error


class Program:
    """The nodes of an exported program as its JSON has them; whoever follows them says what a node gives.

    Attributes:
        input: the name of the one value that it reads.
        sizes: of that, as the schema has them; the first is the batch's.
        batch: how many images it takes at a time; 1 where that may be any number.

    Raises:
        FormatError: it is of a version of the schema that is not known, or takes more or less than one input.
        KeyError, TypeError, AttributeError, ValueError, IndexError: it is damaged.
    """

    def __init__(self, archive: Archive) -> None:
        program = _json(archive, _PROGRAM)
        version = program["schema_version"]["major"]
        if version != _MAJOR:
            raise FormatError(
                f"The exported program has version {version!r} of its schema, not {_MAJOR}.", advice=_ADVICE
            )
        self._archive = archive
        self._graph = program["graph_module"]["graph"]
        self._inputs = program["graph_module"]["signature"]["input_specs"]
        self._values: dict[str, Any] = {}
        self._constant: Constant = lambda _, value: value
        specs = [one["user_input"]["arg"] for one in self._inputs if "user_input" in one]
        names = [one["as_tensor"]["name"] for one in specs if "as_tensor" in one]
        if len(names) != 1:
            raise FormatError(
                f"The network takes {len(names)} inputs, not one image.", advice="Choose another network."
            )
        self.input: str = names[0]
        self.sizes: Sequence[Mapping[str, Any]] = self._graph["tensor_values"][self.input]["sizes"]
        self.batch = 1 if "as_expr" in self.sizes[0] else size_of(self.sizes[0])

    def constants(self) -> dict[str, Array]:
        """The program's parameters, buffers and constants, under the names that its nodes use."""
        weights = _json(self._archive, "data/weights/model_weights_config.json")["config"]
        constants = _json(self._archive, "data/constants/model_constants_config.json")["config"]
        found = {}
        for spec in self._inputs:
            for kind in ("parameter", "buffer", "tensor_constant"):
                if kind in spec:
                    held = spec[kind]
                    key = held[f"{kind}_name"]
                    folder, config = ("weights", weights) if key in weights else ("constants", constants)
                    found[held["arg"]["name"]] = self._array(folder, config[key])
        return found

    def _array(self, folder: str, entry: Mapping[str, Any]) -> Array:
        meta = entry["tensor_meta"]
        if entry["use_pickle"]:
            raise FormatError("The exported program holds a tensor of a kind of its own.", advice=_ADVICE)
        kind = DTYPES[SCALAR_TYPES[meta["dtype"]]]
        path = entry["path_name"]
        storage = Storage(kind, path, self._archive.is_big_endian, self._archive.read(f"data/{folder}/{path}"))
        shape, strides = ([size_of(one) for one in meta[part]] for part in ("sizes", "strides"))
        tensor: Tensor = make_tensor(storage, size_of(meta["storage_offset"]), shape, strides)
        return tensor.array()

    def follow(self, values: Mapping[str, Any], call: Call, constant: Constant = lambda _, value: value) -> list[Any]:
        """What the program puts out, given the values of its inputs and what `call` makes of each node; `constant`
        makes what stands in the program itself of its kind ("as_int", "as_scalar_type", ...) and its JSON.
        """
        self._values, self._constant = dict(values), constant
        for node in self._graph["nodes"]:
            arguments = [self._argument(one["arg"]) for one in node["inputs"] if one["kind"] != _NAMED]
            named = {one["name"]: self._argument(one["arg"]) for one in node["inputs"] if one["kind"] == _NAMED}
            self._store(node["outputs"], call(node, arguments, named))
        return [self._argument(one) for one in self._graph["outputs"]]

    def _store(self, outputs: Sequence[Mapping[str, Any]], result: Any) -> None:
        names = [name for one in outputs for name in _names(one)]
        several = result if isinstance(result, list | tuple) and len(names) > 1 else [result] * len(names)
        self._values.update(zip(names, several, strict=False))

    def _argument(self, argument: Mapping[str, Any]) -> Any:
        """The value of an argument, which is a dict with one key that tells its kind."""
        ((kind, value),) = argument.items()
        match kind:
            case "as_none":
                return None
            case "as_tensor":
                return self._values[value["name"]]
            case "as_tensors":
                return [self._values[one["name"]] for one in value]
            case "as_optional_tensor":
                return self._argument(value)
            case "as_optional_tensors":
                return [self._argument(one) for one in value]
            case "as_sym_int" | "as_sym_float" | "as_sym_bool":
                return self._symbol(value)
            case "as_sym_ints" | "as_sym_floats" | "as_sym_bools":
                return [self._symbol(one) for one in value]
            case _:
                return self._constant(kind, value)

    def _symbol(self, value: Mapping[str, Any]) -> Any:
        return self._values[value["as_name"]] if "as_name" in value else next(iter(value.values()))


class _Reading:
    """Makes the graph of a program, whose nodes are followed one after another."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._graph = GraphBuilder(tuple(size_of(one) for one in program.sizes[1:]), program.batch)

    def graph(self, name: str) -> ForeignGraph:
        """The graph of the program."""
        values = {self._program.input: self._graph.input, **self._program.constants()}
        try:
            return self._graph.graph(FORMAT, name, self._program.follow(values, self._called))
        except FormatError:  # behind what is not supported little is known, and that is what a person should hear of
            if not self._graph.is_refused:
                raise
            return self._graph.graph(FORMAT, name, self._graph.last)

    def _called(self, node: Mapping[str, Any], arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        stack = node["metadata"].get("nn_module_stack", "").split(";")[-1].split(",")
        self._graph.place = stack[1] if len(stack) == 3 and stack[1] else str(node["name"] or "")
        namespace, _, name = node["target"].removeprefix("torch.ops.").partition(".")
        if namespace in ON_SIZES:
            result = of_sizes(name, arguments)
            return call(self._graph, name, arguments, named) if result is NotImplemented else result
        name = name.split(".")[0]
        return call(self._graph, name if namespace == "aten" else f"{namespace}::{name}", arguments, named)


def of_sizes(name: str, arguments: Sequence[Any]) -> Any:
    """What a function of Python's gives for numbers and lists; NotImplemented for anything else."""
    builtin = BUILTINS.get({"getitem": "__getitem__", "mod": "remainder"}.get(name, name))
    return NotImplemented if builtin is None else builtin(*arguments)


def size_of(size: Mapping[str, Any]) -> int:
    """A size, of which a free one (a batch of any size) has a hint."""
    number = size["as_int"] if "as_int" in size else size["as_expr"]["hint"]["as_int"]
    if type(number) is not int:
        raise ValueError("a size that is no whole number")
    return number


def _names(output: Mapping[str, Any]) -> list[str]:
    """The names that an output of a node has; one that is not used has none."""
    ((kind, value),) = output.items()
    match kind:
        case "as_tensors":
            return [one["name"] for one in value]
        case "as_tensor":
            return [value["name"]]
        case "as_sym_int" | "as_sym_float" | "as_sym_bool":
            return [value["as_name"]]
        case _:
            return [""]
