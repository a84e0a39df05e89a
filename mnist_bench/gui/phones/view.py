"""The Devices tab as a view: what joins it to the phones, and does what is asked for there."""

from typing import TYPE_CHECKING

from mnist_bench.gui.kit.view import View
from mnist_bench.gui.phones.errands import PhoneErrands

if TYPE_CHECKING:
    from mnist_bench.gui.parts import Parts


class DevicesView(View):
    """Shows the phones.

    Attributes:
        errands: what the person can ask for.
    """

    def __init__(self, parts: "Parts") -> None:
        super().__init__(parts.phones.tab, parts.window)
        self.errands = PhoneErrands(parts.phones, parts.work, parts.window)
        for part in (parts.phones, self.errands):
            part.message.connect(self.message)
        self.errands.failed.connect(self.failed)
        parts.phones.tab_requested.connect(self.wanted)


def make(parts: "Parts") -> View:
    """The tab's view."""
    return DevicesView(parts)
