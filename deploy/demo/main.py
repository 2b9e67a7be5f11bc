"""Runs the demo from nothing to its report."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from uuid import UUID

from rich.console import Console

from deploy.demo import sums
from deploy.demo.accuracy import score
from deploy.demo.report import print_result
from deploy.demo.result import Result
from deploy.demo.scenario import Scenario, Told
from deploy.demo.steady import read_steady
from deploy.demo.sums import Journal
from deploy.detector.boxes import LABELS
from deploy.detector.serving import MODEL_NAME
from deploy.local.cameras import LICENSED_PACKS, Clips, demo_plan, write_cameras_file
from deploy.local.console import say
from deploy.local.errors import StartError
from deploy.local.foreground import render, show
from deploy.local.plan import HOST, ROOT, StackPlan
from deploy.local.ports import PortPlan, free_port
from deploy.local.proxy import Target, TcpProxy
from deploy.local.rundir import RunDir
from deploy.local.stack import LocalStack
from mesh.channel import channel
from mesh.clock import SystemClock
from mesh.database import Role
from rights.ids import parse_tenant

CLIP_FRAMES = 200
CLIP_FPS = 12
FAULTS = (
    "the cloud cut off for 15 s",
    "the node killed (SIGKILL) while it sends",
    "billing killed (SIGKILL) between commit and ack",
)


async def run_demo(environment: Mapping[str, str]) -> int:
    """Runs everything once; returns 0 when all sums are equal and enough happened."""
    began = time.monotonic()
    base = RunDir.from_environment(environment, ROOT).create()
    run = RunDir(base.root / "demo")
    try:
        run.create()
        with run.lock():
            return await _run(base, run, began)
    except StartError as error:
        say(f"brinkbyte: {error}")
        return 1


async def _run(base: RunDir, run: RunDir, began: float) -> int:
    _forget(run)
    clips = Clips(base.root / "clips", CLIP_FRAMES, CLIP_FPS)
    ports = PortPlan.on_free_ports()
    links = (
        TcpProxy(free_port(), Target(HOST, ports.billing)),
        TcpProxy(free_port(), Target(HOST, ports.billing_api)),
    )
    cameras = write_cameras_file(run.root / "cameras.yaml", clips, loop=False)
    plan = StackPlan(run, ports, demo_plan(), cameras, (links[0].port, links[1].port), _faults(run))
    say(f"BrinkByte Mesh demo in {run.root}")
    await render(clips)
    for link in links:
        await link.start()
    stack = LocalStack(plan, SystemClock(), show)
    try:
        await stack.start()
        say(f"everything is up after {time.monotonic() - began:.0f} s; the cameras run")
        async with channel(plan.edge_addr, bearer=stack.tenant.api_key, plaintext=True) as node:
            scenario = Scenario(stack, links, node, len(LICENSED_PACKS), say)
            told = await scenario.play()
        result = await read_steady(
            partial(_at_rest, stack), partial(_collect, stack, clips, told, began)
        )
    finally:
        await stack.stop()
        for link in links:
            await link.stop()
    return print_result(result, Console(width=110, highlight=False))


def _forget(run: RunDir) -> None:
    """Removes what a former demo left, but not the lock that is held."""
    for folder in (run.data, run.keys, run.certs, run.logs, run.root / "edge", run.root / "faults"):
        RunDir(folder).remove()
    run.create()


def _faults(run: RunDir) -> Mapping[str, Mapping[str, str]]:
    markers = run.root / "faults"
    markers.mkdir(exist_ok=True)
    return {
        "billing": {
            "BRINKBYTE_FAULTS": "usage.after_commit_before_ack=kill@2",
            "BRINKBYTE_FAULTS_DIR": str(markers),
            "BRINKBYTE_AGGREGATION_SECONDS": "1",
        },
        "edge": {
            "BRINKBYTE_FAULTS": "edge.sync.after_send=kill@1",
            "BRINKBYTE_FAULTS_DIR": str(markers),
            "BRINKBYTE_SYNC_BATCH": "1",
        },
    }


async def _at_rest(stack: LocalStack) -> Journal:
    """The node's journal, once all of it is synced and folded."""
    vendor, tenant_id = stack.cloud_dsns[Role.VENDOR], _tenant_id(stack)
    try:
        async with asyncio.timeout(30):
            while True:
                journal = await sums.edge_journal(stack.edge_dsn)
                synced = journal.acked == journal.events
                if synced and not await sums.unfolded(vendor, tenant_id):
                    return journal
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise StartError(
            "demo", "waited 30 s for the last usage to be folded", "see billing's log"
        ) from None


async def _collect(stack: LocalStack, clips: Clips, told: Told, began: float) -> Result:
    """Reads again when the cloud made an event of its own calls meanwhile."""
    vendor, tenant_id = stack.cloud_dsns[Role.VENDOR], _tenant_id(stack)
    while True:
        cloud = await sums.cloud_sums(vendor, tenant_id)
        await _at_rest(stack)
        result = await _read(stack, clips, told, began)
        if cloud == await sums.cloud_sums(vendor, tenant_id):
            return replace(result, cloud=cloud)


async def _read(stack: LocalStack, clips: Clips, told: Told, began: float) -> Result:
    plan, tenant = stack.plan, stack.tenant
    vendor, tenant_id = stack.cloud_dsns[Role.VENDOR], _tenant_id(stack)
    async with channel(plan.billing_plaintext_addr, bearer=tenant.api_key, plaintext=True) as cloud:
        invoice = await sums.preview(cloud)
    licensed = {
        camera: [label for label in LABELS if label != "bicycle" or "active_transport" in packs]
        for camera, packs in LICENSED_PACKS.items()
    }
    return Result(
        seconds=time.monotonic() - began,
        detections=told.detections,
        score=await score(stack.edge_dsn, clips, licensed),
        refusals=told.refusals,
        triton=await sums.triton_inferences(plan.triton_addr, MODEL_NAME),
        edge=await sums.edge_sums(stack.edge_dsn),
        cloud={},
        ledger=await sums.ledger_sums(vendor, tenant_id),
        aggregates=await sums.aggregate_sums(vendor, tenant_id),
        preview=sums.preview_sums(invoice),
        subtotal=f"{invoice.subtotal.minor_units / 100:.2f} {invoice.subtotal.currency}",
        faults=FAULTS,
        journal=await sums.edge_journal(stack.edge_dsn),
    )


def _tenant_id(stack: LocalStack) -> UUID:
    tenant_id = parse_tenant(stack.tenant.tenant_id)
    assert tenant_id is not None
    return tenant_id
