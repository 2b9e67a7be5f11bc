"""Leases and refusals as Prometheus sees them."""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.entitlements.wallet import Wallet
from rights.quantity import UNITS_PER_ONE


class _Quotas(Collector):
    def __init__(self, wallets: Iterable[Wallet]) -> None:
        self._wallets = tuple(wallets)

    def collect(self) -> Iterator[Metric]:
        left = GaugeMetricFamily(
            "brinkbyte_edge_lease_remaining", "Left of the lease that is held.", labels=["metric"]
        )
        refused = CounterMetricFamily(
            "brinkbyte_edge_quota_refusals", "Uses refused for their quota.", labels=["metric"]
        )
        for wallet in self._wallets:
            if wallet.lease is not None:
                left.add_metric([wallet.metric], wallet.left_e5 / UNITS_PER_ONE)
            refused.add_metric([wallet.metric], wallet.refusals)
        yield left
        yield refused


def export_quotas(wallets: Iterable[Wallet], registry: CollectorRegistry) -> None:
    """Exports these wallets from now on."""
    registry.register(_Quotas(wallets))
