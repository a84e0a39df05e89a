"""Locks: who holds one keeps others out, however it ends, and nobody waits for longer than they want."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mnist_bench.base.errors import Cancelled
from mnist_bench.base.locks import held, locked

HOLD = (
    "import sys; from pathlib import Path; from mnist_bench.base.locks import locked\n"
    "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


def test_a_process_that_holds_a_file_keeps_others_out_until_it_dies(tmp_path: Path) -> None:
    path = tmp_path / "phones.json"
    holder = subprocess.Popen((sys.executable, "-c", HOLD, path), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TimeoutError, match="is locked by another process"), locked(path, 0.1):
            pytest.fail("Two hold it.")
        holder.kill()
    with locked(path):
        assert not path.exists(), "Only the file beside it is made."


def test_threads_keep_each_other_out_too(tmp_path: Path) -> None:
    path = tmp_path / "phones.json"
    with locked(path), pytest.raises(TimeoutError), locked(path, 0.05):
        pytest.fail("Two hold it.")


def test_whoever_waits_for_a_thread_may_give_up() -> None:
    lock = threading.Lock()
    with held(lock, lambda: False), pytest.raises(Cancelled), held(lock, lambda: True):
        pytest.fail("Two hold it.")
    with held(lock, lambda: False):
        pass
