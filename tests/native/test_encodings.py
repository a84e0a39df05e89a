"""Kernels use the instructions of their set alone, whatever this computer's processor has besides."""

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.native.conftest import SOURCES
from tests.skipping import skip_or_fail

pytestmark = pytest.mark.skipif(platform.machine() != "x86_64", reason="Only x86 has two encodings of one instruction.")


def test_kernels_for_avx_vnni_need_nothing_of_avx512(compiler: str, tmp_path: Path) -> None:
    """Laptops have AVX-VNNI and no AVX-512, and assemblers choose AVX-512's encoding if they may."""
    if (objdump := shutil.which("objdump")) is None:
        skip_or_fail("There is no objdump.")
    program = tmp_path / "kernels.o"
    source = SOURCES / "native" / "kernels_avxvnni_q8.c"
    subprocess.run([compiler, "-O1", "-I", SOURCES / "common", "-c", source, "-o", program], check=True)
    listing = subprocess.run([objdump, "-d", program], capture_output=True, text=True, check=True).stdout
    instructions = [line.split("\t")[1:] for line in listing.splitlines() if line.count("\t") == 2]
    assert any("vpdpbusd" in text for _, text in instructions)
    assert [text for code, text in instructions if code.startswith("62 ")] == [], "62 begins AVX-512's encoding"
