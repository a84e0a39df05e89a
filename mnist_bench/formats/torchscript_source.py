"""The code in a TorchScript archive: Python text of a small, typed subset, parsed and never compiled."""

import ast
import warnings

from mnist_bench.formats.errors import FormatError
from mnist_bench.formats.torch_records import Instance
from mnist_bench.formats.torch_zip import Archive

MAX_SOURCE_BYTES = 2_000_000


class Code:
    """The classes and functions of an archive, by their full names ("__torch__.torch.nn.modules.conv.Conv2d")."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._modules: dict[str, dict[str, ast.FunctionDef | ast.ClassDef]] = {}

    def find(self, path: str) -> ast.FunctionDef | ast.ClassDef | None:
        """The function or class of this full name, if there is one."""
        module, _, name = path.rpartition(".")
        entry = f"code/{module.replace('.', '/')}.py"
        if module not in self._modules:
            self._modules[module] = self._parsed(entry) if entry in self._archive else {}
        return self._modules[module].get(name)

    def method(self, owner: Instance, name: str) -> ast.FunctionDef | None:
        """The method of an object's class."""
        found = self.find(owner.kind.path)
        body = found.body if isinstance(found, ast.ClassDef) else []
        return next((one for one in body if isinstance(one, ast.FunctionDef) and one.name == name), None)

    def constant(self, owner: Instance, name: str) -> ast.expr | None:
        """The value of a constant attribute of an object's class, which stands in its code: `dim : Final[int] = 1`."""
        found = self.find(owner.kind.path)
        for one in found.body if isinstance(found, ast.ClassDef) else []:
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name) and one.target.id == name:
                return one.value
        return None

    def _parsed(self, entry: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
        source = self._archive.read(entry)
        if len(source) > MAX_SOURCE_BYTES:
            raise FormatError(f"The code in the file ({entry}) is longer than any network's.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes in damaged texts
                tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise FormatError(f"The code in the file ({entry}) is damaged.") from error
        return {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef)}
