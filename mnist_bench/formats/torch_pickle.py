"""Reads the pickles in PyTorch's files without running anything in them.

A pickle is a program for a small stack machine that may call any function of any module. This machine has the same
operations but calls nothing: what a pickle asks of a class becomes a record of it (`Instance`), but for the few kinds
of plain data that torch_records.py makes. Nothing is imported and no attribute is looked up.
"""

import pickletools
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_records import Global, Instance, call, items_of, of_type

MAX_OPERATIONS = 400_000
MAX_TUPLE_DEPTH = 50
"""Tuples within tuples."""

PersistentLoad = Callable[[object], object]


class _Mark:
    """Where a group on the stack begins."""


_MARK = _Mark()


def read_pickle(file: BinaryIO, persistent_load: PersistentLoad) -> object:
    """What the pickle at the front of `file` describes; `file` is left behind it.

    Raises:
        FormatError: it is damaged, nests too deeply or is too long, or asks for what no file of PyTorch needs.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pickletools' own, of escapes in damaged names
            return _Machine(persistent_load).run(file)
    except FormatError:
        raise
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise FormatError(
            "The file's description of its tensors (a pickle) is damaged.", advice="Download or save the file again."
        ) from error


class _Machine:
    """The stack machine; see the module pickletools for its operations."""

    def __init__(self, persistent_load: PersistentLoad) -> None:
        self._persistent_load = persistent_load
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._depths: dict[int, int] = {}  # of tuples, by id; all are kept alive by _kept
        self._kept: list[tuple[object, ...]] = []

    def run(self, file: BinaryIO) -> object:
        for count, (operation, argument, _) in enumerate(pickletools.genops(file)):
            if count > MAX_OPERATIONS:
                raise FormatError("The file's description of its tensors (a pickle) is longer than any network's.")
            if operation.name == "STOP":
                return self._stack.pop()
            if operation.name in _PUSHED:
                self._stack.append(argument)
            elif operation.name in _CONSTANTS:
                self._stack.append(_CONSTANTS[operation.name])
            elif operation.name not in _IGNORED:
                step = _STEPS.get(operation.name)
                if step is None:
                    raise FormatError(f"The file asks for {operation.name}, which no file of PyTorch needs.")
                step(self, argument)
        raise ValueError("a pickle without an end")

    def group(self) -> list[Any]:
        """What lies above the last mark; it and the mark are taken off."""
        at = len(self._stack) - 1
        while self._stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise ValueError("no mark")
        group = self._stack[at + 1 :]
        del self._stack[at:]
        return group

    def push_tuple(self, values: list[Any]) -> None:
        made = tuple(values)
        depth = 1 + max((self._depths.get(id(value), 0) for value in made if type(value) is tuple), default=0)
        if depth > MAX_TUPLE_DEPTH:
            raise FormatError("The file nests tuples too deeply for any network.")
        self._depths[id(made)] = depth
        self._kept.append(made)
        self._stack.append(made)

    def take(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise ValueError("the stack is empty")
        taken = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return taken

    def mark(self, _: object) -> None:
        self._stack.append(_MARK)

    def pop(self, _: object) -> None:
        self._stack.pop()

    def pop_mark(self, _: object) -> None:
        self.group()

    def duplicate(self, _: object) -> None:
        self._stack.append(self._stack[-1])

    def put(self, index: int | None) -> None:
        self._memo[len(self._memo) if index is None else index] = self._stack[-1]

    def get(self, index: int) -> None:
        self._stack.append(self._memo[index])

    def empty_list(self, _: object) -> None:
        self._stack.append([])

    def empty_dict(self, _: object) -> None:
        self._stack.append({})

    def group_list(self, _: object) -> None:
        self._stack.append(self.group())

    def group_dict(self, _: object) -> None:
        self._stack.append(items_of(self.group()))

    def group_tuple(self, _: object) -> None:
        self.push_tuple(self.group())

    def tuple1(self, _: object) -> None:
        self.push_tuple(self.take(1))

    def tuple2(self, _: object) -> None:
        self.push_tuple(self.take(2))

    def tuple3(self, _: object) -> None:
        self.push_tuple(self.take(3))

    def append(self, _: object) -> None:
        (value,) = self.take(1)
        self._extend([value])

    def appends(self, _: object) -> None:
        self._extend(self.group())

    def _extend(self, values: list[Any]) -> None:
        target = self._stack[-1]
        (target.elements if isinstance(target, Instance) else of_type(list, target)).extend(values)

    def set_item(self, _: object) -> None:
        self._update(self.take(2))

    def set_items(self, _: object) -> None:
        self._update(self.group())

    def _update(self, values: list[Any]) -> None:
        target = self._stack[-1]
        items = target.items if isinstance(target, Instance) else of_type(dict, target)
        items.update(items_of(values))

    def named(self, argument: str) -> None:
        module, name = argument.split(" ", 1)
        self._stack.append(Global(module, name))

    def stack_named(self, _: object) -> None:
        module, name = self.take(2)
        self._stack.append(Global(of_type(str, module), of_type(str, name)))

    def reduce(self, _: object) -> None:
        function, arguments = self.take(2)
        self._stack.append(call(function, of_type(tuple, arguments)))

    def new_object(self, _: object) -> None:
        kind, arguments = self.take(2)
        self._stack.append(call(kind, of_type(tuple, arguments)))

    def new_object_with_names(self, _: object) -> None:
        kind, arguments, names = self.take(3)
        self._stack.append(call(kind, (*of_type(tuple, arguments), of_type(dict, names))))

    def new_object_of_group(self, _: object) -> None:
        kind, *arguments = self.group()
        self._stack.append(call(kind, tuple(arguments)))

    def new_object_by_name(self, argument: str) -> None:
        module, name = argument.split(" ", 1)
        self._stack.append(call(Global(module, name), tuple(self.group())))

    def build(self, _: object) -> None:
        (state,) = self.take(1)
        target = self._stack[-1]
        if isinstance(target, Instance):
            target.state = state
        elif not isinstance(
            target, dict
        ):  # an OrderedDict's attributes, such as a state dict's _metadata, are left out
            raise ValueError("attributes of what has none")

    def persistent(self, _: object) -> None:
        (name,) = self.take(1)
        self._stack.append(self._persistent_load(name))


_PUSHED = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT"),
    *("STRING", "BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    *("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_IGNORED = {"PROTO", "FRAME"}
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "POP": _Machine.pop,
    "POP_MARK": _Machine.pop_mark,
    "DUP": _Machine.duplicate,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"), _Machine.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Machine.get),
    "EMPTY_LIST": _Machine.empty_list,
    "EMPTY_DICT": _Machine.empty_dict,
    "EMPTY_SET": _Machine.empty_list,
    "EMPTY_TUPLE": lambda machine, _: machine.push_tuple([]),
    "LIST": _Machine.group_list,
    "DICT": _Machine.group_dict,
    "FROZENSET": _Machine.group_list,
    "TUPLE": _Machine.group_tuple,
    "TUPLE1": _Machine.tuple1,
    "TUPLE2": _Machine.tuple2,
    "TUPLE3": _Machine.tuple3,
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "ADDITEMS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "GLOBAL": _Machine.named,
    "STACK_GLOBAL": _Machine.stack_named,
    "REDUCE": _Machine.reduce,
    "NEWOBJ": _Machine.new_object,
    "NEWOBJ_EX": _Machine.new_object_with_names,
    "OBJ": _Machine.new_object_of_group,
    "INST": _Machine.new_object_by_name,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.persistent,
}
