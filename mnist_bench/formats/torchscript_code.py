"""Follows the code in a TorchScript archive, without running it, to see what it does to an image.

It goes statement by statement: numbers, lists and decisions are worked out, and an operator on a value that depends on
the image becomes a node of a graph. Names mean only what is listed here and in torchscript_builtins.py; nothing is
imported, compiled or called.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_calls import call
from mnist_bench.formats.torch_graph import GraphBuilder, Value
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_tensors import Tensor
from mnist_bench.formats.torchscript_builtins import BUILTINS
from mnist_bench.formats.torchscript_source import Code

MAX_STEPS = 100_000
MAX_DEPTH = 60
_SKIPPED = "_verify_batch_size"  # of training: it refuses a batch of one image


@dataclass(frozen=True, slots=True)
class _Name:
    """A dotted name that is no variable: torch.relu, __torch__.torch.nn.functional.relu, ops.prim.RaiseException."""

    path: str


@dataclass(frozen=True, slots=True)
class _Method:
    """A method of an object."""

    owner: Instance
    name: str


class _Returned(Exception):
    """A function returns."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class Follower:
    """Follows one call of a method, and adds to `graph` what it computes from values.

    `constants` are those of the archive, which its code calls CONSTANTS.c0, CONSTANTS.c1, ...
    """

    def __init__(self, code: Code, constants: Sequence[object], graph: GraphBuilder) -> None:
        self._code, self._constants, self._graph = code, constants, graph
        self._steps = 0
        self._depth = 0
        self._places: dict[int, str] = {}
        self._arrays: dict[int, Any] = {}
        self._written: dict[tuple[int, str], Any] = {}
        self._restored: set[int] = set()

    def call_method(self, owner: Instance, name: str, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """What method `name` of `owner` returns."""
        method = self._code.method(owner, name)
        if method is None:
            raise FormatError(f"The code in the file has no {owner.kind.name}.{name}.")
        before = self._graph.place
        self._graph.place = self._places.get(id(owner), before) or before
        try:
            return self._run(method, [owner, *arguments], named)
        finally:
            self._graph.place = before

    def _run(self, function: ast.FunctionDef, arguments: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if function.name == _SKIPPED:
            return None
        with self._deeper():
            variables = self._bound(function, arguments, named)
            try:
                self._follow(function.body, variables)
            except _Returned as returned:
                return returned.value
            return None

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FormatError("The code in the file nests too deeply for any network.")
        try:
            yield
        finally:
            self._depth -= 1

    def _bound(self, function: ast.FunctionDef, arguments: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        parameters = [one.arg for one in (*function.args.args, *function.args.kwonlyargs)]
        defaults = function.args.defaults
        variables = dict(zip(parameters[len(parameters) - len(defaults) :], map(self._constant, defaults), strict=True))
        variables |= {**dict(zip(parameters, arguments, strict=False)), **named}
        missing = [one for one in parameters if one not in variables]
        if missing or len(arguments) > len(parameters):
            raise FormatError(f"{function.name} in the file's code needs another input besides an image: {missing}.")
        return variables

    def _constant(self, node: ast.expr) -> Any:
        return self._value(node, {})

    def _follow(self, statements: Sequence[ast.stmt], variables: dict[str, Any]) -> None:
        for statement in statements:
            self._count()
            match statement:
                case ast.Assign(targets=[target], value=value):
                    self._assign(target, self._value(value, variables), variables)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, self._value(value, variables), variables)
                case ast.Expr(value=value):
                    self._value(value, variables)
                case ast.If(test=test, body=body, orelse=orelse):
                    self._follow(body if self._decided(test, variables) else orelse, variables)
                case ast.For(target=target, iter=items, body=body):
                    for item in self._items(items, variables):
                        self._assign(target, item, variables)
                        self._follow(body, variables)
                case ast.While(test=test, body=body):
                    while self._decided(test, variables):
                        self._follow(body, variables)
                case ast.Return(value=value):
                    raise _Returned(None if value is None else self._value(value, variables))
                case ast.Pass() | ast.AnnAssign(value=None):
                    pass
                case _:
                    raise FormatError(f"The code in the file has a {type(statement).__name__}, which is not followed.")

    def _count(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise FormatError("The code in the file takes more steps than any network's.")

    def _decided(self, test: ast.expr, variables: dict[str, Any]) -> bool:
        value = self._value(test, variables)
        self._count()
        is_known = value is None or isinstance(value, int | float | str | list | tuple)
        if not is_known and not (isinstance(value, np.ndarray) and value.size == 1):
            raise FormatError("What the network does depends on the values of the image, which a graph cannot express.")
        return bool(value)

    def _items(self, node: ast.expr, variables: dict[str, Any]) -> Sequence[Any]:
        items = self._value(node, variables)
        if not isinstance(items, list | tuple | range):
            raise FormatError("The code in the file loops over something that is not a list.")
        return items

    def _assign(self, target: ast.expr, value: Any, variables: dict[str, Any]) -> None:
        match target:
            case ast.Name(id=name):
                variables[name] = value
            case ast.Tuple(elts=targets):
                several = [value] * len(targets) if isinstance(value, Value) else value
                if not isinstance(several, list | tuple) or len(several) != len(targets):
                    raise FormatError("The code in the file unpacks a wrong number of values.")
                for one, part in zip(targets, several, strict=True):
                    self._assign(one, part, variables)
            case ast.Attribute(value=owner, attr=name):
                instance = self._value(owner, variables)
                self._written[id(instance), name] = value
            case _:
                raise FormatError("The code in the file assigns to what is not followed.")

    def _value(self, node: ast.expr, variables: dict[str, Any]) -> Any:
        self._count()
        with self._deeper():
            match node:
                case ast.Constant(value=value):
                    return value
                case ast.Name(id=name):
                    return variables[name] if name in variables else _NAMED.get(name, _Name(name))
                case ast.Attribute(value=owner, attr=name):
                    return self._attribute(self._value(owner, variables), name)
                case ast.Call(func=function, args=arguments, keywords=keywords):
                    return self._called(
                        self._value(function, variables),
                        [self._value(one, variables) for one in arguments],
                        {one.arg: self._value(one.value, variables) for one in keywords if one.arg is not None},
                    )
                case ast.List(elts=parts):
                    return [self._value(one, variables) for one in parts]
                case ast.Tuple(elts=parts):
                    return tuple(self._value(one, variables) for one in parts)
                case ast.Dict(keys=keys, values=values):
                    pairs = zip(keys, values, strict=True)
                    return {
                        self._value(key, variables): self._value(one, variables)
                        for key, one in pairs
                        if key is not None
                    }
                case ast.Subscript(value=owner, slice=index):
                    return self._element(self._value(owner, variables), index, variables)
                case ast.UnaryOp(op=ast.USub(), operand=operand):
                    return call(self._graph, "neg", [self._value(operand, variables)], {})
                case ast.UnaryOp(op=ast.Not(), operand=operand):
                    return not self._decided(operand, variables)
                case ast.IfExp(test=test, body=body, orelse=orelse):
                    return self._value(body if self._decided(test, variables) else orelse, variables)
                case _:
                    raise FormatError(f"The code in the file has a {type(node).__name__}, which is not followed.")

    def _element(self, owner: Any, index: ast.expr, variables: dict[str, Any]) -> Any:
        if isinstance(owner, _Name):
            return owner  # a type, such as List[int]
        at = self._value(index, variables)
        try:
            return owner[at]
        except (TypeError, IndexError, KeyError) as error:
            raise FormatError("The code in the file asks for an element that is not there.") from error

    def _attribute(self, owner: Any, name: str) -> Any:
        match owner:
            case _Name(path="CONSTANTS"):
                return self._archive_constant(name)
            case _Name(path=path):
                return _Name(f"{path}.{name}")
            case Instance():
                return self._of_instance(owner, name)
            case _:
                raise FormatError(f"The code in the file asks for {name!r} of a value without attributes.")

    def _archive_constant(self, name: str) -> Any:
        number = name.removeprefix("c")
        if not number.isdecimal() or int(number) >= len(self._constants):
            raise FormatError(f"The file has no constant {name!r}: it is incomplete.")
        return self._plain(self._constants[int(number)])

    def _of_instance(self, owner: Instance, name: str) -> Any:
        if not isinstance(owner.state, dict) and id(owner) not in self._restored:
            self._restored.add(id(owner))
            if self._code.method(owner, "__setstate__") is not None:
                self.call_method(owner, "__setstate__", [self._plain(owner.state)], {})
        if (id(owner), name) in self._written:
            return self._written[id(owner), name]
        if name in owner.attributes:
            value = self._plain(owner.attributes[name])
            if isinstance(value, Instance):
                above = self._places.get(id(owner), "")
                self._places.setdefault(id(value), f"{above}.{name}" if above else name)
            return value
        constant = self._code.constant(owner, name)
        if constant is not None:
            return self._constant(constant)
        if self._code.method(owner, name) is not None:
            return _Method(owner, name)
        raise FormatError(f"The file has no attribute {name!r} of its {owner.kind.name}: it is incomplete.")

    def _plain(self, value: Any) -> Any:
        """A tensor as an array, made once."""
        if isinstance(value, tuple):
            return tuple(self._plain(one) for one in value)
        if not isinstance(value, Tensor):
            return value
        if id(value) not in self._arrays:
            self._arrays[id(value)] = value.array()
        return self._arrays[id(value)]

    def _called(self, function: Any, arguments: list[Any], named: dict[str, Any]) -> Any:
        match function:
            case _Method(owner, name):
                return self.call_method(owner, name, arguments, named)
            case _Name(path="getattr"):
                owner, name = arguments
                return self._attribute(owner, name)
            case _Name(path=path) if path.startswith("__torch__."):
                found = self._code.find(path)
                if not isinstance(found, ast.FunctionDef):
                    raise FormatError(f"The code in the file makes a {path}, which is not followed.")
                return self._run(found, arguments, named)
            case _Name(path=path):
                return self._operator(path, arguments, named)
            case _:
                raise FormatError("The code in the file calls something that is not a function.")

    def _operator(self, path: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        name = path.removeprefix("torch.").removeprefix("ops.aten.")
        if name.startswith("ops."):
            name = "::".join(name.removeprefix("ops.").rsplit(".", 1))
        builtin = BUILTINS.get(name)
        if builtin is not None:
            try:
                result = builtin(*arguments, **named)
            except (TypeError, ValueError, IndexError, KeyError, ZeroDivisionError, OverflowError) as error:
                raise FormatError(f"The code in the file uses {name} as it cannot be used.") from error
            if result is not NotImplemented:
                return result
        return call(self._graph, name, arguments, named)


_NAMED: dict[str, Any] = {"inf": float("inf"), "nan": float("nan"), "True": True, "False": False, "None": None}
