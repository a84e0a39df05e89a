"""The recipes of the bundled networks: everything that decides how they are trained, besides the data."""

from dataclasses import dataclass, replace

from mnist_bench.base.errors import UsageError


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

    teacher: str | None  # a bundled network's name; None: only where one is given
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
class StyleRenderings:
    """How many digits are made in styles that MNIST and the pen digits lack (training/styles/).

    There are `made` renderings, which the epochs take in turn. How many digits of a kind one has is a share of the
    scanned digits; `slashed_zeros` is a share of the scanned zeros. `strength` is that of the hands (styles/hands.py);
    widths are those of the line in the digit image, in pixels of 28.
    """

    made: int = 6
    templates: float = 0.06
    edited: float = 0.025
    slashed_zeros: float = 0.05
    coarse: float = 0.09
    strength: float = 0.7
    thinnest_px: float = 1.2
    thickest_px: float = 4.5


@dataclass(frozen=True, slots=True)
class Stage:
    """A number of epochs under one schedule.

    The learning rate rises over the first `warm_up` of the stage's steps to its peak and falls to zero along a cosine.
    `strength` scales the augmentation and falls to `weakest` over the last `fading` of the steps. What is validated and
    shipped is the moving average of the weights, of which each step keeps `average_decay`.
    """

    epochs: int
    peak_learning_rate: float
    warm_up: float
    strength: float
    fading: float = 0.0
    weakest: float = 0.0
    average_decay: float = 0.998


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained; together with the data it decides every bit of the result on one machine.

    The last of two stages starts from the best weights of the first, with batch norm folded in and without dropout:
    it fits the network to images that are almost those that it will see.
    """

    name: str
    shape: ConvolutionalShape | PerceptronShape
    seed: int
    stages: tuple[Stage, ...]
    batch_size: int
    weight_decay: float
    label_smoothing: float
    half_precision: bool  # bfloat16 where autocast allows it: half the time
    distillation: Distillation | None = None
    finishes: bool = False  # goes on from a trained network, learns the validation images too, ships the last epoch
    copies: int | None = None  # epochs whose augmented images are kept and come again; None: always new ones
    validation_images: int = 2500  # the last ones of MNIST's training set
    pens: PenRenderings = PenRenderings()
    styles: StyleRenderings = StyleRenderings()
    validation_styles: StyleRenderings = StyleRenderings(templates=0.2, edited=0.05, slashed_zeros=0.1, coarse=0.15)

    @property
    def epochs(self) -> int:
        """Of all stages."""
        return sum(stage.epochs for stage in self.stages)

    def with_epochs(self, epochs: int) -> "Recipe":
        """The recipe with another number of epochs in all, of which later stages keep their share, rounded down."""
        later = [replace(stage, epochs=stage.epochs * epochs // self.epochs) for stage in self.stages[1:]]
        first = replace(self.stages[0], epochs=epochs - sum(stage.epochs for stage in later))
        return replace(self, stages=(first, *(stage for stage in later if stage.epochs)))


_CNN = Recipe(
    name="digits-cnn",
    shape=ConvolutionalShape(channels=(32, 40, 48, 80, 96), pooled_after=frozenset({0, 2, 4}), dropout=0.3),
    seed=1,
    stages=(
        Stage(epochs=32, peak_learning_rate=4e-3, warm_up=0.2, strength=1.0, fading=0.25, weakest=0.6),
        Stage(epochs=8, peak_learning_rate=5e-4, warm_up=0.1, strength=0.6, fading=1.0, weakest=0.1),
    ),
    batch_size=128,
    weight_decay=0.02,
    label_smoothing=0.05,
    half_precision=True,
    distillation=Distillation(teacher=None, weight=0.7, temperature=1.0),
)

_MLP = Recipe(
    name="digits-mlp",
    shape=PerceptronShape(hidden=(96, 256)),
    seed=1,
    stages=(Stage(epochs=160, peak_learning_rate=3e-3, warm_up=0.2, strength=0.6),),
    batch_size=256,
    weight_decay=0.01,
    label_smoothing=0.05,
    half_precision=False,
    distillation=Distillation(teacher="digits-cnn", weight=0.9, temperature=2.0),
    copies=12,
)

_CNN_FINISH = replace(
    _CNN,
    name="digits-cnn-finish",
    seed=7,
    stages=(
        Stage(
            epochs=5, peak_learning_rate=8e-4, warm_up=0.15, strength=0.8, fading=0.8, weakest=0.1, average_decay=0.999
        ),
    ),
    finishes=True,
)

RECIPES = {recipe.name: recipe for recipe in (_CNN, _MLP, _CNN_FINISH)}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name; UsageError if there is none."""
    if name not in RECIPES:
        raise UsageError(f"There is no recipe {name!r}.", advice=f"Choose one of: {', '.join(sorted(RECIPES))}.")
    return RECIPES[name]
