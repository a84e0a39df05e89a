"""A training's state in a file, so that it can resume after an interruption: safetensors, never a pickle."""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from mnist_bench.base.errors import InputError
from mnist_bench.base.files import read_limited, write_atomically
from mnist_bench.network.model_file import safetensors_note
from mnist_bench.training.trainer import Trainer, Validation

_FORMAT = "mnist-bench-checkpoint-1"
_MAX_BYTES = 1_000_000_000


def save_checkpoint(path: Path, trainer: Trainer, fingerprint: str) -> None:
    """Write everything that `trainer` needs to go on; `fingerprint` names the training it belongs to."""
    tensors = {f"modules.{key}": value for key, value in trainer.modules.state_dict().items()}
    tensors |= {f"averaged.{key}": value for key, value in trainer.averaged.state_dict().items()}
    tensors |= {f"best.{key}": value for key, value in (trainer.best or {}).items()}
    for index, state in trainer.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{key}": value for key, value in state.items()}
    state = {
        "format": _FORMAT,
        "fingerprint": fingerprint,
        "step": trainer.step,
        "best_epoch": trainer.best_epoch,
        "best_validation": asdict(trainer.best_validation),
    }
    plain = {key: value.detach().clone(memory_format=torch.contiguous_format) for key, value in tensors.items()}
    write_atomically(path, save(plain, {"state": json.dumps(state)}))


def load_checkpoint(path: Path, trainer: Trainer, fingerprint: str) -> None:
    """Put `trainer` where the checkpoint was made; InputError if it is damaged or of another training."""
    data = read_limited(path, _MAX_BYTES, "checkpoint")
    try:
        tensors = load(data)
        state = _read_state(data)
        if state["format"] != _FORMAT:
            raise ValueError("another format")
        if state["fingerprint"] != fingerprint:
            raise InputError(
                f"The checkpoint {path} belongs to another training: its recipe, seed, epochs or data differ.",
                advice="Give the same options as before, or train without --resume.",
            )
        _restore(trainer, tensors, state)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError, IndexError) as error:
        raise InputError(
            f"The file {path} is not a valid training checkpoint.", advice="Train without --resume."
        ) from error


def _read_state(data: bytes) -> dict[str, object]:
    state = safetensors_note(data, "state")
    if not isinstance(state, dict):
        raise TypeError("not an object")
    return state


def _restore(trainer: Trainer, tensors: dict[str, torch.Tensor], state: dict[str, object]) -> None:
    def part(name: str) -> dict[str, torch.Tensor]:
        start = f"{name}."
        return {key.removeprefix(start): value for key, value in tensors.items() if key.startswith(start)}

    step = int(str(state["step"]))
    if not 0 <= step <= trainer.steps:
        raise ValueError("a step that the training does not have")
    trainer.continue_at(step)
    trainer.modules.load_state_dict(part("modules"))
    trainer.averaged.load_state_dict(part("averaged"))
    optimizer = trainer.optimizer.state_dict()
    for key, value in part("optimizer").items():
        index, name = key.split(".")
        optimizer["state"].setdefault(int(index), {})[name] = value
    trainer.optimizer.load_state_dict(optimizer)
    trainer.best = part("best") or None
    if step > 0 and len(optimizer["state"]) != len(list(trainer.modules.parameters())):
        raise ValueError("an optimizer of other weights")
    trainer.best_epoch = int(str(state["best_epoch"]))
    validation = state["best_validation"]
    if not isinstance(validation, dict):
        raise TypeError("not an object")
    trainer.best_validation = Validation(float(validation["loss"]), float(validation["accuracy"]))
