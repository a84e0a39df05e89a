"""The recipes of the networks that the program ships: everything that decides what training makes of its data."""

from dataclasses import dataclass

from mnist_bench.errors import UsageError


@dataclass(frozen=True, slots=True)
class ConvolutionalShape:
    """3 x 3 convolutions with batch norm and ReLU, a 2 x 2 max-pool behind some, then one linear layer."""

    channels: tuple[int, ...]
    pooled_after: frozenset[int]  # indices into `channels`
    dropout: float


@dataclass(frozen=True, slots=True)
class PerceptronShape:
    """Linear layers with ReLU between them; `hidden` holds their widths without the ten of the last."""

    hidden: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Distillation:
    """Learning from another network's probabilities beside the labels."""

    teacher: str  # a bundled network's name
    weight: float  # of the teacher's part of the loss; 1 - weight is the labels'
    temperature: float


@dataclass(frozen=True, slots=True)
class PenRenderings:
    """How pen digits are drawn: `made` times each with pens of random width, `per_epoch` of which are taken in turn.

    Widths are those of the line in the digit image, in pixels of 28.
    """

    made: int = 6
    per_epoch: int = 2
    thinnest_px: float = 1.5
    thickest_px: float = 4.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained; together with the data it decides every bit of the result on one machine.

    The learning rate rises over the first `warm_up` of all steps to `peak_learning_rate` and falls to zero along a
    cosine. `strength` scales the augmentation and falls to 0.6 of itself over the last quarter.
    """

    name: str
    shape: ConvolutionalShape | PerceptronShape
    seed: int
    epochs: int
    batch_size: int
    peak_learning_rate: float
    warm_up: float
    weight_decay: float
    label_smoothing: float
    average_decay: float  # of the weights' moving average, for each step
    strength: float
    half_precision: bool  # bfloat16 where autocast allows it: half the time
    distillation: Distillation | None = None
    copies: int | None = None  # epochs whose augmented images are kept and come again; None: always new ones
    validation_images: int = 2500  # the last ones of MNIST's training set
    pens: PenRenderings = PenRenderings()


_CNN = Recipe(
    name="digits-cnn",
    shape=ConvolutionalShape(channels=(32, 40, 48, 80, 96), pooled_after=frozenset({0, 2, 4}), dropout=0.3),
    seed=1,
    epochs=32,
    batch_size=128,
    peak_learning_rate=4e-3,
    warm_up=0.2,
    weight_decay=0.02,
    label_smoothing=0.05,
    average_decay=0.998,
    strength=1.0,
    half_precision=True,
)

_MLP = Recipe(
    name="digits-mlp",
    shape=PerceptronShape(hidden=(96, 256)),
    seed=1,
    epochs=200,
    batch_size=256,
    peak_learning_rate=3e-3,
    warm_up=0.2,
    weight_decay=0.01,
    label_smoothing=0.05,
    average_decay=0.998,
    strength=0.6,
    half_precision=False,
    distillation=Distillation(teacher="digits-cnn", weight=0.9, temperature=2.0),
    copies=16,
)

RECIPES = {recipe.name: recipe for recipe in (_CNN, _MLP)}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name; UsageError if there is none."""
    if name not in RECIPES:
        raise UsageError(f"There is no recipe {name!r}.", advice=f"Choose one of: {', '.join(sorted(RECIPES))}.")
    return RECIPES[name]
