"""What can be wrong with another program's model file."""

import re

from mnist_bench.base.text import one_line
from mnist_bench.network.errors import NetworkError

_LONGEST = 1_000  # characters
_LONG_NAME = re.compile(r"\S{300,}")


class FormatError(NetworkError):
    """A file that cannot be imported: damaged, of an unknown kind, or holding what this program does not run.

    Names from the file may stand in its message, which becomes one line without what does not print.
    """

    advice = "Export the network again, to ONNX or as a PyTorch state dict for example, and open that file."

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        shorter = _LONG_NAME.sub(lambda name: f"{name[0][:80]}…", message)
        line = one_line(shorter, _LONGEST)
        super().__init__(f"{line}." if line.endswith("…") else line, advice=advice)
