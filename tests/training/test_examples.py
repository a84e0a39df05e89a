import threading

import numpy as np
import pytest

from mnist_bench.digits.drawing import Drawing
from mnist_bench.training.examples import rendered


@pytest.mark.parametrize("span", [30.0, 400.0])
@pytest.mark.parametrize("width_px", [1.5, 3.0, 4.5])
def test_lines_are_as_wide_as_asked_for_in_digits_of_any_size(span: float, width_px: float) -> None:
    line = Drawing(500, 500, 35, (((250, 20), (250, 20 + span)),), label=1)
    examples = rendered([line], np.array([width_px]), threading.Event())
    assert float(examples.images[0, 14].sum()) / 255 == pytest.approx(width_px, abs=0.3)
