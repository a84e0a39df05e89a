"""The fields for how to measure: a preset, or each setting."""

from typing import Final, TypeVar

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox

from mnist_bench.bench.latency.settings import MAX_PROCESSES, Preset, Scenario, Settings, parse_batches
from mnist_bench.gui.kit.buttons import named_combo, spaced
from mnist_bench.gui.kit.containers import named
from mnist_bench.gui.kit.text import set_tip

BoxT = TypeVar("BoxT", QSpinBox, QDoubleSpinBox)

_CUSTOM: Final = "custom"
_MOST_RUNS: Final = 999_999


class SettingsFields(QObject):
    """The fields, for a tab to lay out.

    Attributes:
        preset, scenario, batches, processes, seconds, runs, cool_down: the fields.
        widgets: each with its name beside it, in their order.

    Signals:
        changed: the person changed one.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.preset = named_combo("How thoroughly to measure", {one: str(one) for one in (*Preset, _CUSTOM)})
        self.scenario = named_combo("How requests are issued", {one: str(one) for one in Scenario})
        for place, scenario in enumerate(Scenario):
            self.scenario.setItemData(place, scenario.words, Qt.ItemDataRole.ToolTipRole)
        self.batches = QLineEdit()
        set_tip(self.batches, "Images per request, each size in turn, such as 1,10,100")
        self.processes = _box(QSpinBox(), MAX_PROCESSES, "Fresh processes per backend; identical ones differ")
        self.runs = _box(QSpinBox(), _MOST_RUNS, "Total samples per backend and batch size", nothing="default")
        self.runs.setSingleStep(1000)
        self.seconds = _box(QDoubleSpinBox(), 600, "Total measuring time per backend", " s", nothing="default")
        tip = "Pause before each process, for a device that heats up"
        self.cool_down = _box(QDoubleSpinBox(), 60, tip, " s", nothing="none")
        self.widgets = (
            named("Preset", self.preset),
            named("Scenario", self.scenario),
            named("Batch sizes", self.batches),
            named("Processes", self.processes),
            named("Time", self.seconds),
            named("Samples", self.runs),
            named("Cool-down", self.cool_down),
        )
        self.preset.currentIndexChanged.connect(self._preset_chosen)
        self.scenario.currentIndexChanged.connect(self._changed)
        self.batches.textChanged.connect(self._changed)
        for box in (self.processes, self.seconds, self.runs, self.cool_down):
            box.valueChanged.connect(self._changed)

    @property
    def settings(self) -> Settings:
        """What the person chose; UsageError if that is not possible."""
        scenario = Scenario(self.scenario.currentData())
        return Settings(
            scenario=scenario,
            processes=self.processes.value(),
            runs=self.runs.value() or None,
            seconds=self.seconds.value() or None,
            batches=parse_batches(self.batches.text()) if scenario is Scenario.OFFLINE else (1,),
            cool_down_s=self.cool_down.value(),
        )

    def show_settings(self, settings: Settings, batches: tuple[int, ...]) -> None:
        """Shows these; `batches` are Offline's."""
        with QSignalBlocker(self):
            self.scenario.setCurrentIndex(self.scenario.findData(settings.scenario))
            self.batches.setText(",".join(map(str, batches)))
            self.cool_down.setValue(settings.cool_down_s)
            self._show_length(settings)
            self._changed()

    def _show_length(self, settings: Settings) -> None:
        self.processes.setValue(settings.processes)
        self.seconds.setValue(settings.seconds or 0)
        self.runs.setValue(settings.runs or 0)

    @Slot()
    def _preset_chosen(self) -> None:
        chosen = self.preset.currentData()
        if chosen != _CUSTOM:
            with QSignalBlocker(self):
                self._show_length(Preset(chosen).apply(Settings()))
            self._changed()

    @Slot()
    def _changed(self) -> None:
        """Batches are Offline's; the preset is the one that the figures follow."""
        scenario = Scenario(self.scenario.currentData())
        self.batches.setEnabled(scenario is Scenario.OFFLINE)
        set_tip(self.scenario, f"{scenario}: {scenario.words}")
        length = Settings(
            processes=self.processes.value(), runs=self.runs.value() or None, seconds=self.seconds.value() or None
        )
        with QSignalBlocker(self.preset):
            self.preset.setCurrentIndex(self.preset.findData(Preset.of(length) or _CUSTOM))
        self.changed.emit()


def _box(box: BoxT, most: int, tip: str, suffix: str = "", *, nothing: str = "") -> BoxT:
    """Gives a field its range; one that says `nothing` at 0 begins there, the others at 1."""
    box.setRange(0 if nothing else 1, most)
    box.setSuffix(suffix)
    box.setSpecialValueText(nothing)
    box.setGroupSeparatorShown(True)
    if isinstance(box, QDoubleSpinBox):
        box.setDecimals(1)
    set_tip(box, tip)
    return spaced(box)
