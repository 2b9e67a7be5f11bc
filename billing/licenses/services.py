"""The rules of licences, put together."""

from dataclasses import dataclass

from billing.catalog.live import Catalogs
from billing.devices.service import DevicesService
from billing.licenses.cameras.service import CameraPlaces
from billing.licenses.changes.feed import LicenseFeed
from billing.licenses.changes.service import RightsChanges
from billing.licenses.explanation import ExplanationService
from billing.licenses.lifecycle import LifecycleService
from billing.licenses.reader import BookReader
from billing.licenses.service import LicensesService
from billing.licenses.validation import ValidationService
from billing.subscriptions.service import SubscriptionsService
from billing.subscriptions.terms import QuotaStandings, TermsReader
from billing.unit import Units
from billing.watch import RightsWatch
from mesh.clock import Clock
from mesh.database import Database


@dataclass(frozen=True, slots=True)
class LicenseServices:
    """Every service of the noun; `feed` needs to be run."""

    books: BookReader
    validation: ValidationService
    licenses: LicensesService
    lifecycle: LifecycleService
    places: CameraPlaces
    explanation: ExplanationService
    feed: LicenseFeed
    terms: TermsReader

    @classmethod
    def build(
        cls,
        catalogs: Catalogs,
        devices: DevicesService,
        subscriptions: SubscriptionsService,
        terms: TermsReader,
        changes: RightsChanges,
        *,
        db: Database,
        units: Units,
        watch: RightsWatch,
        clock: Clock,
        quotas: QuotaStandings,
    ) -> "LicenseServices":
        """`db` is what the feed polls, `watch` what hints at changes."""
        books = BookReader(catalogs)
        validation = ValidationService(catalogs, books, changes, devices)
        return cls(
            books,
            validation,
            LicensesService(catalogs, books, changes, validation, subscriptions),
            LifecycleService(catalogs, books, changes, subscriptions, clock),
            CameraPlaces(books, changes, devices),
            ExplanationService(books, terms, validation, quotas),
            LicenseFeed(db, units, changes, watch),
            terms,
        )
