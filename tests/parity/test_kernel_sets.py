"""Every kernel set of the native runner computes what PyTorch computes: the short form of `make parity`."""

from dataclasses import dataclass

import pytest

from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import PRECISIONS
from tools.parity.__main__ import MODELS, QUICK_IMAGES, QUICK_NETWORKS, hard_images, mnist_images
from tools.parity.comparing import Tally
from tools.parity.kernel_sets import KERNEL_SETS, KernelSet, split_by_presence
from tools.parity.running import compare_images, compare_networks

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

EVERY_SET = [pytest.param(one, marks=[pytest.mark.qemu] if one.emulator else [], id=one.title) for one in KERNEL_SETS]


@dataclass(frozen=True, slots=True)
class Compared:
    """All sets in one precision, side by side; `absent` says why some are not among them."""

    images: dict[KernelSet, Tally]
    networks: dict[KernelSet, Tally]
    absent: dict[KernelSet, str]


@pytest.fixture(scope="module", params=PRECISIONS)
def compared(request: pytest.FixtureRequest) -> Compared:
    sets, absent = split_by_presence(KERNEL_SETS)
    models = [load_network(name) for name in MODELS]
    images = compare_images(models, mnist_images(None, QUICK_IMAGES), request.param, sets)
    networks, _ = compare_networks(QUICK_NETWORKS, hard_images(), request.param, sets)
    return Compared(dict(zip(sets, images, strict=True)), dict(zip(sets, networks, strict=True)), absent)


@pytest.mark.parametrize("kernels", EVERY_SET)
def test_a_kernel_set_agrees_with_pytorch(compared: Compared, kernels: KernelSet) -> None:
    if kernels in compared.absent:
        pytest.skip(compared.absent[kernels])
    images, networks = compared.images[kernels], compared.networks[kernels]
    assert (images.notes, images.differing) == ([], 0)
    assert (networks.notes, networks.differing) == ([], 0)
    assert images.cases == len(MODELS) * QUICK_IMAGES / kernels.stride
    assert networks.cases == QUICK_NETWORKS / kernels.stride
