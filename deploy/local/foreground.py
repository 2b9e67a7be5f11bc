"""Runs a stack in the foreground: progress while it comes up, then until a signal."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping

from deploy.local.cameras import Clips, demo_plan, write_cameras_file
from deploy.local.console import say
from deploy.local.errors import StartError
from deploy.local.plan import ROOT, StackPlan
from deploy.local.ports import PortPlan
from deploy.local.rundir import RunDir
from deploy.local.stack import LocalStack
from deploy.local.supervisor import Event
from mesh.clock import SystemClock

CLIP_FRAMES = 300
CLIP_FPS = 5


def show(event: Event) -> None:
    """One line for what happened to a service; nothing for what only repeats."""
    match event.kind:
        case "ready":
            say(f"  {event.name:<15} ready in {event.seconds:.1f} s")
        case "died" | "gave_up" | "restarting":
            say(f"  {event.name:<15} {event.kind.replace('_', ' ')}: {event.detail}")
        case _:
            pass


async def render(clips: Clips) -> None:
    """Renders the clips that are missing, with a line of progress each."""
    for camera in list(clips.missing()):
        began = time.monotonic()
        await asyncio.to_thread(clips.render, camera)
        say(f"  {camera:<15} clip rendered in {time.monotonic() - began:.1f} s")


async def run_foreground(environment: Mapping[str, str]) -> int:
    """Runs the stack until SIGINT or SIGTERM; returns the exit status.

    One clear line and status 1 when it cannot start or a service is given up.
    """
    run = RunDir.from_environment(environment, ROOT).create()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        with run.lock():
            return await _until_stopped(run, PortPlan.from_environment(environment), stop)
    except StartError as error:
        say(f"brinkbyte: {error}")
        return 1


async def _until_stopped(run: RunDir, ports: PortPlan, stop: asyncio.Event) -> int:
    clips = Clips(run.root / "clips", CLIP_FRAMES, CLIP_FPS)
    cameras = write_cameras_file(run.root / "cameras.yaml", clips, loop=True)
    plan = StackPlan(run, ports, demo_plan(), cameras)
    stack = LocalStack(plan, SystemClock(), show)
    say(f"BrinkByte Mesh in {run.root}")
    starting = asyncio.create_task(_start(stack, clips))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            return 0
        starting.result()
        _announce(plan)
        failed = asyncio.create_task(stack.supervisor.wait_failed())
        await asyncio.wait((failed, stopping), return_when=asyncio.FIRST_COMPLETED)
        if failed.done():
            raise failed.result()
        failed.cancel()
        return 0
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        stopping.cancel()
        say("stopping …")
        await stack.stop()


async def _start(stack: LocalStack, clips: Clips) -> None:
    await render(clips)
    await stack.start()


def _announce(plan: StackPlan) -> None:
    say("")
    say("The mesh is up. `make down` stops it, as does Ctrl-C after `make run`.")
    say(f"  REST            {plan.gateway_url}  (operations: {plan.gateway_url}/docs)")
    say(f"  billing gRPC    {plan.billing_api_addr} (TLS, API key)")
    say(f"                  {plan.billing_addr} (mTLS)")
    say(f"                  {plan.billing_plaintext_addr} (plaintext, this machine only)")
    say(f"  edge gRPC       {plan.edge_addr}")
    say(f"  Triton gRPC     {plan.triton_addr}")
    say(f"  everything else {plan.run.env_file}  (source it in a shell)")
