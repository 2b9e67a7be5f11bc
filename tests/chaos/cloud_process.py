"""A billing replica in a process of its own, with faults that can be armed while it runs."""

import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import structlog
import uvloop
from stripe._http_client import HTTPClient

from billing.config import BillingConfig
from billing.dunning.worker import DunningWorker
from billing.invoices.closer import InvoiceCloser
from billing.main import BillingServer
from billing.payments.items.worker import ItemWorker
from billing.payments.shadows.finisher import InvoiceFinisher
from mesh.errors import StartError
from mesh.faults import FAULTS, FAULTS_DIR, Faults, NoFaults, load_faults
from tests.chaos.control import ShiftedClock, obey

_RETRY_S = 0.01
"""Between the library's own retries at Stripe."""


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """How it starts. `faults` is written as BRINKBYTE_FAULTS is."""

    config: BillingConfig
    log: Path
    offset: timedelta
    faults: str
    markers: Path | None


@dataclass(slots=True)
class SwitchedFaults:
    """Faults that change while the process runs."""

    armed: Faults = field(default_factory=NoFaults)

    def hit(self, point: str) -> None:
        self.armed.hit(point)

    def arm(self, text: str, markers: Path | None) -> None:
        self.armed = load_faults({FAULTS: text, FAULTS_DIR: str(markers or "")})


def main(settings: CloudSettings, pipe: Connection) -> None:
    """The process."""
    log = settings.log.open("a", buffering=1)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(log))
    logging.basicConfig(stream=log, level=logging.WARNING)
    HTTPClient.INITIAL_DELAY, HTTPClient.MAX_DELAY = _RETRY_S, 0
    with suppress(StartError):
        uvloop.run(_serve(settings, pipe))
    os._exit(3)


async def _serve(settings: CloudSettings, pipe: Connection) -> None:
    clock, faults = ShiftedClock(settings.offset), SwitchedFaults()
    faults.arm(settings.faults, settings.markers)
    server = await BillingServer.build(settings.config, clock, faults)
    await server.start()

    async def handle(name: str, value: Any) -> Any:
        if name == "arm":
            faults.arm(*value)
        elif name == "offset":
            clock.offset = value
        elif name == "close":
            await server.background_of(InvoiceCloser).run_once()
        elif name == "finish":
            await server.background_of(InvoiceFinisher).run_once()
        elif name == "charge":
            await server.background_of(ItemWorker).look_once()
        elif name == "dun":
            await server.background_of(DunningWorker).look_once()
        return name

    await obey(pipe, handle)
