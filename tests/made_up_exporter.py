"""Stands in for ExecuTorch's exporter: `python -m tests.made_up_exporter FOLDER`; the folder's name says what it does.

It leaves a file in the folder for each time that it was started, and another one where temporary files lie.
"""

import os
import struct
import sys
import tempfile
from pathlib import Path

folder = Path(sys.argv[1])
(folder / os.urandom(8).hex()).write_bytes(b"")
(size,) = struct.unpack("<Q", sys.stdin.buffer.read(8))
payload = sys.stdin.buffer.read(size)
Path(tempfile.mkstemp()[1]).write_bytes(b"left behind")
match folder.name:
    case "refuses":
        sys.stdout.write("There is no tanh.")
        sys.exit(1)
    case "crashes":
        os.abort()
    case _:
        sys.stdout.buffer.write(payload[::-1])
