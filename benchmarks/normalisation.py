"""Whether the normalisation of a person's network, found with the bundled digits, is the best one for MNIST's."""

from collections.abc import Iterator, Sequence

from benchmarks.accuracy import test_digits
from benchmarks.figures import Figure, NotMeasured, Setup, at_most, say
from mnist_bench.base.errors import MnistBenchError
from mnist_bench.digits.datasets import LabelledDigits
from mnist_bench.engines.backends import find_backend
from mnist_bench.engines.engine import InferenceEngine
from mnist_bench.formats.foreign import ForeignGraph
from mnist_bench.formats.importing import Imported, import_graph
from mnist_bench.formats.normalisation import CANDIDATES, INVERTED
from mnist_bench.formats.reading import read_graphs

_MOST_LOST_POINTS = 0.3
_IMAGES = 2_000


def measure(setup: Setup) -> Iterator[Figure]:
    """For each file in the folder of models that can be imported: how far the choice is below the best, in points."""
    if setup.models is None:
        raise NotMeasured("No folder of other programs' models was given: name it with --models.")
    digits = test_digits(setup).first(setup.times(_IMAGES, 100))
    with InferenceEngine(find_backend("torch-fp32")) as engine:
        for path in sorted(path for path in setup.models.rglob("*") if path.is_file()):
            try:
                graphs = read_graphs(path)
                imported = import_graph(graphs)
            except MnistBenchError as error:
                say(f"  {path.name}: {error.message}")
                continue
            chosen = next(graph for graph in graphs if graph.guessed == imported.guessed)
            yield _lost(path.name, imported, _accuracies(engine, chosen, imported, digits))


def _accuracies(
    engine: InferenceEngine, graph: ForeignGraph, imported: Imported, digits: LabelledDigits
) -> Sequence[tuple[float, str]]:
    """In percent, with each candidate's name; first the imported network's own. Candidates with the ink's and the
    ground's values exchanged read next to nothing.
    """
    inverted = imported.normalisation.normalisation.name.startswith(INVERTED)
    candidates = [candidate for candidate in CANDIDATES if candidate.name.startswith(INVERTED) == inverted]
    networks = [("", imported.network)]
    networks += [(candidate.name, import_graph([graph], candidate).network) for candidate in candidates]
    accuracies = []
    for name, network in networks:
        engine.load(network)
        right = engine.classify(digits.images).digits == digits.labels
        accuracies.append((100 * float(right.mean()), name))
    return accuracies


def _lost(name: str, imported: Imported, accuracies: Sequence[tuple[float, str]]) -> Figure:
    (own, _), *others = accuracies
    best, best_name = max(others)
    found = imported.normalisation
    rivals = ", ".join(rival for rival, _ in found.rivals) or "none"
    detail = (
        f"{found.normalisation.name} ({found.source}, {found.right} of {found.digits}; not told apart: {rivals}) "
        f"{own:.2f} %; best: {best_name} {best:.2f} %"
    )
    lost = max(round(best - own, 6), 0.0)
    return Figure(f"normalisation of {name}, below the best", lost, "points", at_most(_MOST_LOST_POINTS), detail)
