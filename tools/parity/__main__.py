"""Compares every kernel set and installed engine with PyTorch, and prints tables. Status 1 if one is wrong."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_bench.base.errors import InputError
from mnist_bench.base.words import NO_FIGURE
from mnist_bench.cli.tables import table
from mnist_bench.digits.datasets import load_digits
from mnist_bench.digits.mnist import find_mnist
from mnist_bench.digits.samples import bundled_samples
from mnist_bench.network.bundled import load_network
from mnist_bench.network.network import Precision
from mnist_bench.protocol.messages import Pixels
from tools.parity import engines
from tools.parity.comparing import Tally
from tools.parity.kernel_sets import KERNEL_SETS, KernelSet, split_by_presence
from tools.parity.running import compare_images, compare_networks
from tools.parity.windows import Windows, compare_engine, windows

MODELS = ("digits-cnn", "digits-mlp")
PRECISIONS = (Precision.FP32, Precision.INT8, Precision.FP16)
NETWORKS, QUICK_NETWORKS = 1000, 100
IMAGES, QUICK_IMAGES = 10_000, 300
_TITLES = ("what", "kernels", "cases", "differ", "furthest", "from float64")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare what `arguments` ask for; the exit status."""
    options = _parse(arguments)
    with windows(options.only, fetch=options.fetch) as under_wine:
        return _compare(options, under_wine)


def _compare(options: argparse.Namespace, under_wine: Windows) -> int:
    chosen = [*(one for one in KERNEL_SETS if options.only in one.title), *under_wine.sets]
    sets, absent = split_by_presence([replace(one, stride=1) for one in chosen] if options.every else chosen)
    images = mnist_images(options.data, QUICK_IMAGES if options.quick else IMAGES)
    names, left_out = engines.split_by_installation(options.only, fetch=options.fetch)
    precisions = [Precision(options.precision)] if options.precision else PRECISIONS
    count = options.networks or (QUICK_NETWORKS if options.quick else NETWORKS)
    graphs = options.networks or (engines.QUICK_GRAPHS if options.quick else engines.GRAPHS)
    results, refusals = _compare_sets(sets, precisions, images, count, options.first)
    of_engines = [one for one in precisions if one is not Precision.FP16]
    results += _compare_windows(under_wine, of_engines, images, graphs, options.first)
    remarks = [*left_out, *under_wine.left_out, *(f"Not run: {one.title}. {reason}" for one, reason in absent.items())]
    if results:
        print(table(_TITLES, [_row(what, tally) for what, tally in results], numbers=(2, 3, 4, 5)))
    notes = (f"{what}, {tally.what}: {note}" for what, tally in results for note in tally.notes)
    print("\n".join(["", *remarks, *refusals, *notes]))
    digits = None if options.first else engines.digits_to_read(options.data, len(images))
    engines_differ = engines.compare(names, of_engines, digits, hard_images(), graphs, options.first, _say)
    return int(not (results or names) or engines_differ or any(tally.differing for _, tally in results))


def _compare_sets(
    sets: Sequence[KernelSet], precisions: Sequence[Precision], images: Pixels, count: int, first: int
) -> tuple[list[tuple[str, Tally]], list[str]]:
    """What was asked of each kernel set, and what came of it; and which networks PyTorch refused, in words."""
    results: list[tuple[str, Tally]] = []
    remarks: list[str] = []
    for precision in precisions:
        able = [one for one in sets if precision is not Precision.FP16 or one.has_fp16]
        if not able:
            continue
        if not first:
            _say(f"{precision}: {len(images):,} images ...")
            models = [load_network(name) for name in MODELS]
            results += [
                (f"{precision}, bundled models, images", tally)
                for tally in compare_images(models, images, precision, able)
            ]
        _say(f"{precision}: {count:,} random networks ...")
        tallies, refusals = compare_networks(count, hard_images(), precision, able, first, _progress)
        results += [(f"{precision}, random networks", tally) for tally in tallies]
        remarks += [f"{precision}: {times} networks more were drawn: {why}" for why, times in refusals.reasons.items()]
    return results, remarks


def _compare_windows(
    under_wine: Windows, precisions: Sequence[Precision], images: Pixels, count: int, first: int
) -> list[tuple[str, Tally]]:
    """What was asked of each engine's library for Windows, and what came of it."""
    results: list[tuple[str, Tally]] = []
    models = [] if first else [load_network(name) for name in MODELS]
    for precision in precisions:
        for name in under_wine.engines:
            _say(f"{precision}: {name} for Windows ...")
            backends = under_wine.backends(name, precision)
            tallies = compare_engine(*backends, models, images, range(first, first + count), hard_images())
            results += [(f"{precision}, {what}, as on Linux", tally) for what, tally in tallies.items()]
    return results


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.parity", description="Compare the native runner and engines with PyTorch."
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="MNIST's files (default: $MNIST_BENCH_DATA, else the cache)"
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_IMAGES} images and {QUICK_NETWORKS} networks")
    parser.add_argument("--networks", type=int, metavar="N", help="so many random networks")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first network's number; no images then")
    parser.add_argument("--only", default="", metavar="TEXT", help="kernels or engines with this in their name")
    parser.add_argument("--precision", choices=[str(one) for one in PRECISIONS], help="default: all")
    parser.add_argument("--every", action="store_true", help="every case, with slow emulators too, which takes hours")
    parser.add_argument("--fetch", action="store_true", help="install the engines first that are not")
    return parser.parse_args(arguments)


def mnist_images(data: Path | None, count: int) -> Pixels:
    """uint8 (N, 28, 28): the first `count` of MNIST's test images; without MNIST the bundled samples and noise."""
    try:
        return load_digits(find_mnist(data), "test").images[:count]
    except InputError as error:
        _say(f"{error}\nThe bundled samples and random images stand in for MNIST's.")
    samples = np.stack([sample.pixels for sample in bundled_samples()])
    noise = np.random.default_rng(0).integers(0, 256, (max(count - len(samples), 0), 28, 28), np.uint8)
    return np.concatenate([samples, noise])[:count]


def hard_images() -> Pixels:
    """uint8 (8, 28, 28): nothing, ink everywhere, two digits, and noise of several kinds."""
    rng = np.random.default_rng(0)
    samples = [sample.pixels for sample in bundled_samples()[::11][:2]]
    noise = rng.integers(0, 256, (2, 28, 28), np.uint8)
    sparse = np.where(rng.random((28, 28)) < 0.1, noise[0], 0).astype(np.uint8)
    stripes = np.tile(np.array([0, 255], np.uint8), (28, 14))
    plain = (np.zeros((28, 28), np.uint8), np.full((28, 28), 255, np.uint8))
    return np.stack([*plain, *samples, sparse, stripes, *noise])


def _row(what: str, tally: Tally) -> tuple[str, ...]:
    exact = f"{tally.from_exact:.1e}" if tally.from_exact else NO_FIGURE
    return what, tally.what, f"{tally.cases:,}", f"{tally.differing:,}", f"{tally.furthest:.1e}", exact


def _progress(done: int) -> None:
    if done % 50 == 0:
        _say(f"  {done}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
