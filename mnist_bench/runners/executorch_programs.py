"""A network as ExecuTorch's file: made by a process of its own, which takes a while, and kept beside the engine."""

import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from mnist_bench.base.bytes import sha256_hex
from mnist_bench.base.errors import InputError
from mnist_bench.base.files import make_folder, read_limited, write_atomically
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.wire import encode_network
from mnist_bench.protocol.serve import Refused
from mnist_bench.protocol.tables import ErrorCode
from mnist_bench.runners.executorch_export import SIZE

_EXPORTER = "mnist_bench.runners.executorch_export"
_REVISION = 1
"""Of what the exporter makes of a network: another one makes all files anew."""
_SCRATCH = ("TMPDIR", "TEMP", "TMP", "TORCHINDUCTOR_CACHE_DIR")
"""Variables of the environment that name the exporter's temporary folder."""
_HASH_BYTES = 64
_MOST_BYTES = 200_000_000
_MOST_KEPT_BYTES = 500_000_000


def program_of(network: Network, precision: Precision, packages: Path, version: str) -> bytes:
    """The .pte file of `network` for the engine of this `version`, which lies in `packages`.

    Raises Refused where ExecuTorch cannot export it.
    """
    encoded = encode_network(network, precision)
    folder = packages.parent / "exported"
    kept = folder / f"{sha256_hex(encoded)[:32]}-{version}-{_REVISION}.pte"
    if (program := _read(kept)) is None:
        program = _export(encoded, packages)
        with contextlib.suppress(InputError, OSError):  # a full disk: it is made again the next time
            make_folder(folder)
            write_atomically(kept, sha256_hex(program).encode() + program)
            _forget_oldest(folder)
    return program


def _read(kept: Path) -> bytes | None:
    """What was kept behind its own SHA-256; None where that is not there, or damaged."""
    try:
        data = read_limited(kept, _MOST_BYTES, "exported")
    except InputError:
        return None
    program = data[_HASH_BYTES:]
    return program if sha256_hex(program).encode() == data[:_HASH_BYTES] else None


def _export(encoded: bytes, packages: Path) -> bytes:
    with tempfile.TemporaryDirectory(prefix="mnist-bench-") as scratch:  # the exporter leaves its own where it is ended
        environment = {**os.environ, **dict.fromkeys(_SCRATCH, scratch)}
        status, answer = _run((sys.executable, "-P", "-m", _EXPORTER, str(packages)), environment, encoded)
    if status == 0:
        return answer
    said = answer.decode(errors="replace") or f"its process ended with status {status}."
    raise Refused(ErrorCode.UNSUPPORTED, f"ExecuTorch cannot export or run this network: {said}")


def _run(command: tuple[str, ...], environment: dict[str, str], encoded: bytes) -> tuple[int, bytes]:
    """The exit status of the exporter, and what it answers."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - PIPE was asked for
        try:
            with contextlib.suppress(BrokenPipeError):  # what became of it is told by its status
                process.stdin.write(SIZE.pack(len(encoded)) + encoded)
                process.stdin.flush()
            answer = process.stdout.read()  # its input stays open meanwhile: once that ends, so does the exporter
            process.wait()
        finally:
            process.kill()
    return process.returncode, answer


def _forget_oldest(folder: Path) -> None:
    total = 0
    for path in sorted(folder.glob("*.pte"), key=lambda one: one.stat().st_mtime, reverse=True):
        total += path.stat().st_size
        if total > _MOST_KEPT_BYTES:
            path.unlink(missing_ok=True)
