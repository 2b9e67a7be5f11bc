"""A gate over a real database, with a cloud that answers in process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from random import Random

import pytest

from edge.licensing import store
from edge.licensing.answers import Answers, CameraAnswer
from edge.licensing.clock import ForwardClock
from edge.licensing.revocations import Holder
from edge.licensing.schedule import RefreshSchedule
from edge.licensing.service import Licenses
from edge.licensing.shelf import Shelf
from edge.licensing.timekeeping import read_clock
from edge.licensing.trust import Trust
from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import MeshError, Unavailable
from rights.catalog.load import load_catalog
from rights.catalog.model import Catalog
from rights.claims import Epoch
from rights.feature_rules import FeatureRules
from rights.ids import render_tenant
from rights.keys import KeySet
from rights.licenses import LicenseMode, LicenseStatus
from rights.trust import PublishedKeys
from tests.edge.cloud_double.cloud import ISSUER, Cloud


@dataclass
class Source:
    """The cloud as licensing sees it; `failure` is raised instead of an answer."""

    cloud: Cloud
    failure: MeshError | None = None
    tamper: Callable[[str], str] = field(default=lambda token: token)
    keys_asked: int = 0

    async def validate(self, camera_ids: Sequence[str]) -> Answers:
        if self.failure is not None:
            raise self.failure
        cloud = self.cloud
        cloud.asked.append(tuple(camera_ids))
        held = [cloud.licenses[each] for each in camera_ids if each in cloud.licenses]
        return Answers(
            [self._answer(each) for each in camera_ids],
            self.tamper(cloud.token(held)),
            Epoch(cloud.incarnation, cloud.epoch),
        )

    async def public_keys(self) -> PublishedKeys:
        if self.failure is not None:
            raise self.failure
        self.keys_asked += 1
        return PublishedKeys(KeySet([self.cloud.signing.public]), self.cloud.trust)

    async def revocation_list(self) -> str:
        if self.failure is not None:
            raise self.failure
        return self.cloud.revocation_list()

    def away(self) -> None:
        self.failure = Unavailable("cloud")

    def back(self) -> None:
        self.failure = None

    def _answer(self, camera_id: str) -> CameraAnswer:
        held = self.cloud.licenses.get(camera_id)
        now = self.cloud.clock.now()
        if held is None or held.valid_until <= now:
            return CameraAnswer(
                camera_id,
                False,
                LicenseMode.UNLICENSED,
                LicenseStatus.ACTIVE,
                "LICENSE_EXPIRED" if held else "CAMERA_UNLICENSED",
                "buy a licence",
                now + timedelta(minutes=1),
            )
        return CameraAnswer(
            camera_id, True, held.mode, held.status, "", "", now + timedelta(hours=1)
        )


@pytest.fixture
def source(clock: ManualClock) -> Source:
    return Source(Cloud(clock, thumbprint="t" * 43))


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return load_catalog((files("rights.catalog") / "catalog.yaml").read_text())


Start = Callable[..., object]


@pytest.fixture
def start(
    new_database: Database, source: Source, clock: ManualClock, catalog: Catalog
) -> Callable[..., object]:
    """Starts a node's licensing on the test's database; again is a restart."""

    async def begin(
        *,
        thumbprint: str | None = None,
        device_id: str | None = None,
        customer_id: str | None = None,
    ) -> Licenses:
        async with new_database.transaction(Role.APP) as conn:
            await store.save_features(conn, FeatureRules.of(catalog).pack_of)
        time = ForwardClock(clock, await read_clock(new_database))
        cloud = source.cloud
        holder = Holder(
            customer_id or render_tenant(cloud.tenant_id),
            device_id or str(cloud.device_id),
            thumbprint or cloud.thumbprint,
            ISSUER,
        )
        trust = Trust(new_database, source, time, holder)
        await trust.load()
        return Licenses(
            Shelf(new_database, cloud.tenant_id, time),
            trust,
            source,
            catalog=catalog,
            clock=time,
            schedule=RefreshSchedule(time, Random(1)),
        )

    return begin
