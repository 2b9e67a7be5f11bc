"""The rules of quotas, put together."""

from dataclasses import dataclass
from datetime import timedelta

from billing.quotas.accounts import Accounts
from billing.quotas.carrying import Carrying
from billing.quotas.desk import QuotaDesk
from billing.quotas.leases.service import LeasesService
from billing.quotas.service import QuotasService
from billing.quotas.telling import QuotaTelling
from billing.subscriptions.terms import TermsReader
from billing.unit import Units
from billing.usage.service import UsageService
from mesh.clock import Clock
from mesh.telemetry import Metrics


@dataclass(frozen=True, slots=True)
class QuotaServices:
    """Every service of the noun."""

    service: QuotasService
    desk: QuotaDesk
    leases: LeasesService

    @classmethod
    def build(
        cls,
        terms: TermsReader,
        usage: UsageService,
        carrying: Carrying,
        telling: QuotaTelling,
        *,
        units: Units,
        clock: Clock,
        metrics: Metrics,
        lease_life: timedelta,
    ) -> "QuotaServices":
        """`terms` say what is included, `usage` what was used, `carrying` what is carried over,
        `telling` hears of thresholds; `lease_life` is at most."""
        accounts = Accounts(usage, carrying, telling)
        service = QuotasService(terms, accounts, usage)
        return cls(
            service,
            QuotaDesk(units, service, metrics),
            LeasesService(terms, accounts, clock, lease_life),
        )
