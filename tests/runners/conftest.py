"""PyTorch's executors in this process, which are to leave its settings as they were."""

from argparse import Namespace
from collections.abc import Iterator

import pytest
import torch

from mnist_bench.network.network import Network, Precision
from mnist_bench.runners import torch_qnnpack, torch_runner
from mnist_bench.runners.torch_executor import TorchExecutor


@pytest.fixture(autouse=True)
def torch_as_it_was() -> Iterator[None]:
    threads, engine = torch.get_num_threads(), torch.backends.quantized.engine
    with torch.set_grad_enabled(True):
        yield
    torch.set_num_threads(threads)
    torch.backends.quantized.engine = engine


def loaded_executor(network: Network, precision: Precision, mode: str = "eager") -> TorchExecutor:
    runner = torch_qnnpack if precision is Precision.INT8 else torch_runner
    executor: TorchExecutor = runner.make_executor(Namespace(mode=mode, precision=precision, threads=1))
    executor.load(network, precision)
    return executor
