"""How often the 95 % interval of a ratio covers the true ratio, in simulated runs of five kinds and with few processes.

Each run has the default's processes, blocks and samples for each of two backends. A process is by itself some per cent
faster or slower than another (normal, sd 1 %), as real ones are.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, Limit, Setup, at_least, at_most
from mnist_bench.bench.latency.settings import Settings
from mnist_bench.bench.statistics.ratio import ratio_of_medians

_TRUTH = 1.1
_FEW_PROCESSES = 3
_USUAL = Settings().plan
_PROCESS_SD = 0.01

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Floats]


def measure(setup: Setup) -> Iterator[Figure]:
    """Two figures for each kind: its coverage must not be too low, and not too high."""
    runs = setup.times(1000, 20)
    kinds = [(name, draw, _USUAL.processes) for name, draw in _KINDS.items()]
    for name, draw, processes in [*kinds, (f"normal, {_FEW_PROCESSES} processes", _normal, _FEW_PROCESSES)]:
        random = np.random.default_rng(20_260)
        covered = sum(_covers(draw, random, processes, name == "drift", seed) for seed in range(runs))
        share = 100 * covered / runs
        for limit in (at_least(92), at_most(98)):
            yield _figure(name, share, limit, covered, runs)


def _figure(name: str, share: float, limit: Limit, covered: int, runs: int) -> Figure:
    return Figure(f"interval covers the truth, {name}", share, "%", limit, f"{covered} of {runs:,} simulated runs")


def _covers(draw: Draw, random: np.random.Generator, processes: int, drifts: bool, seed: int) -> bool:
    shape = (processes, _USUAL.blocks)
    drift = _drift(random, shape) if drifts else np.ones(shape)
    baseline, other = (_backend(draw, random, scale, drift) for scale in (1.0, _TRUTH))
    ratio = ratio_of_medians(other, baseline, seed=seed)
    return ratio.low <= _TRUTH <= ratio.high


def _backend(draw: Draw, random: np.random.Generator, scale: float, drift: Floats) -> list[list[Floats]]:
    levels = []
    for drifts in drift:
        speed = scale * np.exp(random.normal(0, _PROCESS_SD))
        samples = np.abs(draw(random, len(drifts) * _USUAL.block_runs)).reshape(len(drifts), _USUAL.block_runs)
        levels.append([speed * drifted * block for drifted, block in zip(drifts, samples, strict=True)])
    return levels


def _drift(random: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """What multiplies both, block by block: a random walk of 1 % a step, on a slope of up to 30 %."""
    steps = np.cumsum(random.normal(0, 0.01, shape[0] * shape[1]))
    slope = np.linspace(0, random.uniform(-0.3, 0.3), len(steps))
    return np.exp(steps + slope).reshape(shape)


def _normal(random: np.random.Generator, count: int) -> Floats:
    return random.normal(100, 5, count)


def _skewed(random: np.random.Generator, count: int) -> Floats:
    return 100 * random.lognormal(0, 0.3, count)


def _heavy_tailed(random: np.random.Generator, count: int) -> Floats:
    return 100 + 5 * random.standard_t(2, count)


def _autocorrelated(random: np.random.Generator, count: int) -> Floats:
    """A first-order autoregression with a coefficient of 0.9, begun where it is stationary."""
    noise = random.normal(0, 3, count)
    values = np.empty(count)
    values[0] = noise[0] / np.sqrt(1 - 0.9**2)
    for place in range(1, count):
        values[place] = 0.9 * values[place - 1] + noise[place]
    return 100 + values


_KINDS: dict[str, Draw] = {
    "normal": _normal,
    "skewed": _skewed,
    "heavy-tailed": _heavy_tailed,
    "autocorrelated": _autocorrelated,
    "drift": _normal,
}
