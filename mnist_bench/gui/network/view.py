"""Joins the Network tab to the session's network."""

from PySide6.QtWidgets import QWidget

from mnist_bench.gui.kit.view import View
from mnist_bench.gui.network.network_tab import NetworkTab
from mnist_bench.network.bundled import model_path
from mnist_bench.network.network import Network
from mnist_bench.network.wire import network_hash
from mnist_bench.session.session import Session


class NetworkView(View):
    """Shows the network that every backend runs."""

    tab: NetworkTab

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(NetworkTab(), window)
        self._session = session
        self._hashed: Network | None = None
        self.tab.shown.connect(self._tell_hash)
        session.networks.changed.subscribe(lambda _chosen: self._show())
        self._show()

    def _show(self) -> None:
        if (network := self._session.live.network) is None:
            return
        networks = self._session.networks
        path = model_path(networks.chosen)
        file = f"{path.name}, bundled with mnist-bench" if networks.chosen in networks.bundled else str(path)
        self.tab.show_network(network, file)
        self._hashed = None
        if self.tab.isVisible():
            self._tell_hash()

    def _tell_hash(self) -> None:
        """Works it out once somebody looks: it takes a moment, and a library of some megabytes."""
        network = self._session.live.network
        if network is None or network is self._hashed:
            return
        self._hashed = network
        self._session.background.do(
            lambda: network_hash(network), lambda sha256: self._show_hash(network, sha256), self._session.failed.publish
        )

    def _show_hash(self, network: Network, sha256: str) -> None:
        if network is self._session.live.network:
            self.tab.show_hash(sha256)


def make(session: Session, window: QWidget) -> View:
    """The tab's view."""
    return NetworkView(session, window)
