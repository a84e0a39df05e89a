"""What the window says of a network and its operators, and of what was found in the file that it was imported from."""

from collections.abc import Mapping

from mnist_bench.base import words
from mnist_bench.engines.models import ImportReport
from mnist_bench.formats.normalisation import NAMES, parse_normalisation
from mnist_bench.network.network import FLOAT_FORMATS, Network
from mnist_bench.network.summary import OperatorSummary, shape_words

OTHER = ""
"""Stands for a normalisation by its mean and deviation."""
NORMALISATIONS = {name: parse_normalisation(name).formula for name in NAMES} | {OTHER: "(x/255 - M) / D"}
"""Formulas by their names, x being a pixel's byte."""
INVERTED = "inverted-"


def sheet_words(report: ImportReport) -> dict[str, str]:
    """What was found, by what it is about; empty where there is nothing to say."""
    return {
        "Format": report.format,
        "Input": report.normalisation_sentence,
        "Guessed": f"⚠ The file holds weights alone; the rest is a guess: {' '.join(report.guessed)}"
        if report.guessed
        else "",
        "int8": f"{report.calibration[:1].upper()}{report.calibration[1:]}.",
        "Notes": "\n".join(report.notes),
        "Operators": " · ".join(report.operators),
    }


def guess_words(report: ImportReport) -> dict[int, str]:
    """The guesses that can be chosen, by their numbers, each behind how many digits it reads."""
    digits = report.normalisation["digits"]
    return {
        guess["number"]: f"{guess['right']} of {digits}: {guess['words'] or 'nothing between the layers.'}"
        for guess in report.guesses
    }


def origin_words(notes: Mapping[str, str]) -> str:
    """Where the network of a model file with these notes was imported from; empty if it was not imported."""
    if "imported from" not in notes:
        return ""
    said = [f"Imported from {notes['imported from']} ({notes.get('format', 'unknown format')})."]
    for name, title in (
        ("normalisation", "Normalisation, built into its operators"),
        ("calibration", "int8"),
        ("guessed", "Guessed"),
    ):
        if name in notes:
            said.append(f"{title}: {notes[name].removesuffix('.')}.")
    return " ".join(said)


def sentence(network: Network) -> str:
    """How large the network is, and in which precisions it can run."""
    original = "" if network.original is None else f" The file itself, .{network.original.format}, runs as it is, too."
    if not network.has_operators:
        return "It could not be imported: it runs only as it is, in the engine that its file was made for."
    precisions = ", ".join(FLOAT_FORMATS) + (" and int8" if network.is_quantized else "; quantize it to run it in int8")
    return (
        f"{words.plural(len(network.operators), 'operator')}, {words.count(network.parameter_count)} parameters and "
        f"{words.count(network.multiply_adds)} multiply-adds for one image. It runs in {precisions}.{original}"
    )


def reads(one: OperatorSummary) -> str:
    """The operators whose outputs it reads; empty where that is the one before it, as in a chain."""
    if one.reads == ((one.number - 1,) if one.number else (None,)):
        return ""
    return ", ".join("image" if number is None else str(number) for number in one.reads)


def inputs(one: OperatorSummary) -> str:
    """The shapes of what it reads, each said once."""
    return " and ".join(dict.fromkeys(map(shape_words, one.input_shapes)))


def weight_scales(one: OperatorSummary) -> str:
    """From the least to the largest; empty for one without int8 weights."""
    if one.weight_scales is None:
        return ""
    low, high = one.weight_scales
    return words.three_digits(low) if low == high else f"{words.three_digits(low)} to {words.three_digits(high)}"
