"""The guide's claim (docs/extending.md): one more operator is one C file, and a row in the table that is generated."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from mnist_bench.network.layers import Flatten, Linear, Operator
from mnist_bench.network.network import Network, Precision
from mnist_bench.network.operators import OPERATORS
from tests.native.conftest import SOURCES, Start, compile_runner
from tests.networks import zeros

C_FILE = """\
/* half: x / 2. */
#include "elementwise.h"
#include "operator.h"

static inline float halved(float x, float half)
{
    return x * half;
}

static void run(const struct step *step)
{
    for_each(step, halved);
}

static uint8_t look_up(const struct step *step, int byte, float half)
{
    (void)step;
    return (uint8_t)((float)byte * half);
}

static void plan(struct planning *planning, uint32_t index, struct step *step)
{
    plan_elementwise(planning, index, step, run, look_up, 0.5f);
}

const struct operator operator_half = {.elementwise = true, .plan = plan};
"""


@dataclass(frozen=True, slots=True)
class Half(Operator):
    """x / 2."""

    kind: ClassVar[str] = "half"
    code: ClassVar[int] = 1 + max(operator.code for operator in OPERATORS)


@pytest.mark.slow  # it compiles all files
def test_one_more_operator_is_one_c_file(compiler: str, tmp_path: Path, start: Start) -> None:
    source = tmp_path / "runners"
    shutil.copytree(SOURCES, source)
    (source / "native" / "op_half.c").write_text(C_FILE)
    header = source / "common" / "tables.h"
    header.write_text(
        header.read_text().replace("OPERATORS(ROW) \\\n", f"OPERATORS(ROW) \\\n    ROW(half, {Half.code}) \\\n")
    )
    runner = start(program=compile_runner(compiler, tmp_path / "runner", "-O0", sources=source))
    weight = np.zeros((10, 784), np.float32)
    weight[3, 0] = 1
    runner.load(Network("half", (Half(), Flatten(), Half(), Linear(weight, zeros(10)))), Precision.FP32)
    pixels = np.full((28, 28), 204, np.uint8)
    np.testing.assert_allclose(runner.classify(pixels[np.newaxis])[0], 0.2 * np.eye(10)[3], rtol=1e-6)
    assert [entry.name for entry in runner.trace(pixels).layers] == ["half", "flatten", "half", "linear"]
