"""The logarithm that the library runner has of its own on Android, where it does without libm."""

import ctypes
import subprocess
from pathlib import Path

import numpy as np

from tools import android
from tools.build_runner import SOURCE

LEAST_PROBABILITY = 1e-30


def test_it_differs_from_the_exact_one_by_rounding_alone(compiler: str, tmp_path: Path) -> None:
    made = tmp_path / "logarithm.so"
    folder = SOURCE / android.FOLDER
    options = ("-std=c17", "-O2", "-fno-builtin", "-shared", "-fPIC", "-Dlogf=own_logf", f"-I{folder}/include")
    subprocess.run((compiler, *options, str(folder / "logf.c"), "-o", str(made)), check=True)
    own = ctypes.CDLL(str(made)).own_logf
    own.argtypes, own.restype = (ctypes.c_float,), ctypes.c_float
    numbers = np.append(np.geomspace(LEAST_PROBABILITY, 1, 5000), [1, 0.5, np.sqrt(0.5), 0.9999999]).astype(np.float32)
    exact = np.log(numbers.astype(np.float64)).astype(np.float32)
    told = np.array([own(number) for number in numbers], np.float32)
    assert np.all(np.abs(told - exact) <= np.spacing(np.abs(exact)))
