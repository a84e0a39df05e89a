"""Joins the Runs tab to the session."""

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.view import View
from mnist_bench.gui.runs.runs_tab import RunsTab
from mnist_bench.session.session import Session


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return View(RunsTab(session), window)
