"""Trains a recipe's network: `python -m mnist_bench.training.train --recipe digits-cnn --data DIR --out FILE`.

Prints JSON lines (protocol/job_process.py). The same command on the same machine writes the same bytes. The test set is
not read.
"""

import argparse
import hashlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from mnist_bench.base import words
from mnist_bench.base.errors import Cancelled, InputError, UsageError
from mnist_bench.digits.orders import ORDERS, UPRIGHT
from mnist_bench.network.bundled import load_network
from mnist_bench.network.model_file import write_model_file
from mnist_bench.network.network import Network
from mnist_bench.network.wire import network_hash
from mnist_bench.protocol.job_process import ProgressLines, emit, run_task
from mnist_bench.training.architectures import TaughtByAll
from mnist_bench.training.checkpoint import load_checkpoint, save_checkpoint
from mnist_bench.training.data import load_training_data
from mnist_bench.training.recipes import RECIPES, Recipe, find_recipe
from mnist_bench.training.trainer import Trainer


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mnist_bench.training.train", description="Train a network.")
    parser.add_argument("--recipe", choices=sorted(RECIPES), required=True)
    parser.add_argument("--data", type=Path, required=True, help="digits to train on: a folder or a file")
    parser.add_argument("--order", choices=ORDERS, default=UPRIGHT, help="how its images are stored")
    parser.add_argument("--pen-digits", type=Path, help="UNIPEN file of pen digits, to train on as well")
    parser.add_argument("--out", type=Path, required=True, help="model file to write (fp32)")
    parser.add_argument("--epochs", type=int, help="instead of the recipe's number")
    parser.add_argument("--seed", type=int, help="instead of the recipe's")
    parser.add_argument("--threads", type=int, default=1, help="another number may give a different file")
    parser.add_argument(
        "--teacher",
        action="append",
        dest="teachers",
        default=[],
        help="network to learn from: a model's name or file, instead of the recipe's; repeat it for several",
    )
    parser.add_argument("--start", help="network to go on from, for a recipe that finishes one: a model's name or file")
    parser.add_argument("--checkpoint", type=Path, help="where the state is kept meanwhile (default: beside --out)")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--force", action="store_true", help="start over even if there is a checkpoint")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str], stop: threading.Event) -> None:
    """Train as `arguments` say; MnistBenchError on bad input, Cancelled once `stop` is set."""
    options = _parse(arguments)
    recipe = find_recipe(options.recipe)
    seed = recipe.seed if options.seed is None else options.seed
    epochs = recipe.epochs if options.epochs is None else options.epochs
    if min(epochs, options.threads) < 1 or seed < 0:
        raise UsageError("The number of epochs and of threads must be at least 1, and the seed at least 0.")
    if options.out.is_dir() or not options.out.parent.is_dir():
        raise InputError(f"{options.out} is not the name of a file in a folder that exists.")
    recipe = recipe.with_epochs(epochs)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(True)
    emit("progress", done=0, total=0, message="Reading the training data")
    data = load_training_data(recipe, options.data, options.pen_digits, seed, stop, options.order)
    teachers = _load_teachers(recipe, options.teachers)
    start = _load_start(recipe, options.start)
    trainer = Trainer(recipe, seed, data, TaughtByAll(teachers) if teachers else None, start)
    checkpoint = options.checkpoint or options.out.with_name(f"{options.out.name}.checkpoint")
    if checkpoint.exists() and not (options.resume or options.force):
        raise InputError(
            f"{checkpoint} holds a training that was interrupted.",
            advice="Continue with --resume, or start over with --force.",
        )
    fingerprint = _fingerprint(trainer, [*teachers, *([start] if start else [])])
    if options.resume:
        load_checkpoint(checkpoint, trainer, fingerprint)
    started = time.monotonic()
    _train(trainer, checkpoint, fingerprint, stop)
    _export(trainer, options.out)
    checkpoint.unlink(missing_ok=True)
    emit(
        "done",
        file=str(options.out),
        recipe=recipe.name,
        epochs=epochs,
        best_epoch=trainer.best_epoch,
        validation_accuracy=trainer.best_validation.accuracy,
        validation_loss=trainer.best_validation.loss,
        seconds=round(time.monotonic() - started, 1),
        notes=list(data.notes),
    )


def _train(trainer: Trainer, checkpoint: Path, fingerprint: str, stop: threading.Event) -> None:
    progress = ProgressLines()
    summary = ""
    while trainer.step < trainer.steps:
        title = f"Epoch {trainer.step // trainer.steps_per_epoch + 1} of {trainer.recipe.epochs}"
        loss = trainer.run_step()
        if trainer.step % trainer.steps_per_epoch == 0:
            validation = trainer.finish_epoch()
            save_checkpoint(checkpoint, trainer, fingerprint)
            summary = f", validation {words.accuracy(validation.accuracy)} (loss {words.three_digits(validation.loss)})"
            progress.show(trainer.step, trainer.steps, f"{title} done{summary}", now=True)
        else:
            progress.show(trainer.step, trainer.steps, f"{title}: loss {words.three_digits(loss)}{summary}")
        if stop.is_set() and trainer.step < trainer.steps:
            save_checkpoint(checkpoint, trainer, fingerprint)
            raise Cancelled(
                f"Training was stopped; its state is in {checkpoint}.",
                advice="To continue, run the same command with --resume.",
            )


def _load_teachers(recipe: Recipe, given: Sequence[str]) -> list[Network]:
    if given and recipe.distillation is None:
        raise UsageError(f"The recipe {recipe.name} does not learn from a teacher.")
    own = recipe.distillation.teacher if recipe.distillation else None
    return [load_network(name) for name in given or ([own] if own else [])]


def _load_start(recipe: Recipe, given: str | None) -> Network | None:
    if (given is not None) != recipe.finishes:
        raise UsageError(f"The recipe {recipe.name} {'needs' if recipe.finishes else 'takes no'} --start.")
    return None if given is None else load_network(given)


def _fingerprint(trainer: Trainer, networks: Sequence[Network]) -> str:
    """Names a training: whatever would change its course changes this, teachers and start among it."""
    known = [network_hash(network) for network in networks]
    digest = hashlib.sha256(repr((trainer.recipe, trainer.seed, known, torch.__version__)).encode())
    for examples in (trainer.data.training, trainer.data.validation):
        digest.update(examples.images.numpy().tobytes())
        digest.update(examples.labels.numpy().tobytes())
    return digest.hexdigest()


def _export(trainer: Trainer, out: Path) -> None:
    notes = {
        "recipe": trainer.recipe.name,
        "seed": str(trainer.seed),
        "epochs": f"{trainer.best_epoch} of {trainer.recipe.epochs}",
        "validation accuracy": f"{trainer.best_validation.accuracy:.4f}",
        "torch": torch.__version__,
    }
    write_model_file(out, trainer.best_network(), notes)


if __name__ == "__main__":
    run_task(main)
