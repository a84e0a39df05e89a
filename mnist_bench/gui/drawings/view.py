"""Joins the Drawings tab to the session."""

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.drawings.drawings_tab import DrawingsTab
from mnist_bench.gui.kit.view import View
from mnist_bench.session.session import Session


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return View(DrawingsTab(session), window)
