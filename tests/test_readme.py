"""What the README promises to whoever copies from it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.backends import NATIVE_INT8

README = Path(__file__).resolve().parent.parent / "README.md"


@pytest.mark.skipif(NATIVE_INT8.missing() is not None, reason="there is no native runner here")
def test_the_example_for_scripts_runs(tmp_path: Path) -> None:
    (program,) = re.findall(
        r"## Use it from Python\n+```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL
    )
    script = tmp_path / "example.py"
    script.write_text(program, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Native int8 ") == 2
    assert "linear" in done.stdout.splitlines()[-1]
