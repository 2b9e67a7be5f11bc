"""A billing replica in a process of its own, with faults that can be armed while it runs."""

import asyncio
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

from billing.config import BillingConfig
from billing.invoices.closer import InvoiceCloser
from billing.main import BillingServer
from billing.payments.meters.periods import IssuedPeriod
from billing.payments.stripe.client import StripeSettings
from mesh.errors import StartError
from mesh.faults import FAULTS, FAULTS_DIR, Faults, NoFaults, load_faults
from tests.chaos.control import ShiftedClock, obey
from tests.chaos.submitting import Issued, submission_worker


@dataclass(frozen=True, slots=True)
class CloudSettings:
    """How it starts. `faults` is written as BRINKBYTE_FAULTS is."""

    config: BillingConfig
    log: Path
    stripe: StripeSettings
    issued: tuple[IssuedPeriod, ...]
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
    with suppress(StartError):
        uvloop.run(_serve(settings, pipe))
    os._exit(3)


async def _serve(settings: CloudSettings, pipe: Connection) -> None:
    clock, faults = ShiftedClock(settings.offset), SwitchedFaults()
    faults.arm(settings.faults, settings.markers)
    server = await BillingServer.build(settings.config, clock, faults)
    await server.start()
    issued = Issued(settings.issued)
    worker = await submission_worker(server.db, settings.stripe, issued, clock, faults)
    submitting = asyncio.create_task(worker.run())
    closer = next(each for each in server._background if isinstance(each, InvoiceCloser))

    async def handle(name: str, value: Any) -> Any:
        if name == "arm":
            faults.arm(*value)
        elif name == "offset":
            clock.offset = value
        elif name == "issue":
            issued.periods = value
        elif name == "close":
            await closer.run_once()
        return name

    await obey(pipe, handle)
    await submitting
