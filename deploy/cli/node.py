"""`brinkbyte edge licenses|quota|usage|refresh|explain|import-bundle`: what may run, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from brinkbyte.edge.v1.edge_service_pb2 import GetUsageStateResponse, HeldLicense
    from brinkbyte.edge.v1.edge_service_pb2_grpc import EdgeServiceStub

app = typer.Typer()

Answer = TypeVar("Answer")

Addr = Annotated[
    str, typer.Option("--addr", envvar="BRINKBYTE_EDGE_ADDR", help="host:port of the node's API.")
]
Key = Annotated[
    str,
    typer.Option(
        "--key",
        envvar=["BRINKBYTE_EDGE_API_KEY", "BRINKBYTE_TENANT_API_KEY"],
        help="API key of the node.",
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option("--ca-cert", help="PEM file of the CA of the node's certificate."),
]
LOCAL = "127.0.0.1:50061"


@app.command()
def licenses(addr: Addr = LOCAL, key: Key = "", ca_cert: Authority = None) -> None:
    """List what the node holds about each camera."""
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    answer = _ask(addr, key, ca_cert, lambda stub: stub.ListLicenses(pb.ListLicensesRequest()))
    for held in answer.licenses:
        typer.echo(f"{held.camera_id}  {_license(held)}")
    if answer.clock_fault:
        typer.echo(f"clock: {answer.clock_fault}")


@app.command()
def quota(addr: Addr = LOCAL, key: Key = "", ca_cert: Authority = None) -> None:
    """List how much of each metric the node may still use."""
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    answer = _ask(addr, key, ca_cert, lambda stub: stub.GetQuotaState(pb.GetQuotaStateRequest()))
    for each in answer.quotas:
        word = "allowed" if each.allowed else "refused"
        typer.echo(f"{each.metric}  {word}: {each.message}; {each.refusals} refused")


@app.command()
def usage(addr: Addr = LOCAL, key: Key = "", ca_cert: Authority = None) -> None:
    """Show what was used here and how far the cloud has it (exit status 3 while it is behind)."""
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    answer = _ask(addr, key, ca_cert, lambda stub: stub.GetUsageState(pb.GetUsageStateRequest()))
    for each in answer.metrics:
        typer.echo(f"{each.event_type}  {each.quantity}, {each.journalled_quantity} journalled")
    for line in _usage(answer):
        typer.echo(line)
    raise typer.Exit(3 if answer.behind else 0)


@app.command()
def refresh(addr: Addr = LOCAL, key: Key = "", ca_cert: Authority = None) -> None:
    """Ask the cloud about every camera now."""
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    answer = _ask(
        addr, key, ca_cert, lambda stub: stub.RefreshLicenses(pb.RefreshLicensesRequest())
    )
    typer.echo(f"{answer.cameras} cameras, epoch {answer.epoch.number}")


@app.command()
def explain(
    camera: Annotated[str, typer.Argument(help="The camera's id.")],
    feature: Annotated[str, typer.Argument(help="One feature; none asks for the camera.")] = "",
    addr: Addr = LOCAL,
    key: Key = "",
    ca_cert: Authority = None,
) -> None:
    """Say why a camera may run or use a feature, or why not (exit status 3): each rule in turn."""
    from brinkbyte.common.v1.decision_pb2 import DecisionRule
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    request = pb.ExplainDecisionRequest(camera_id=camera, feature=feature)
    answer = _ask(addr, key, ca_cert, lambda stub: stub.ExplainDecision(request))
    for step in answer.steps:
        rule = DecisionRule.Name(step.rule).removeprefix("DECISION_RULE_").lower()
        typer.echo(f"{'passed ' if step.passed else 'refused'}  {rule:<12} {step.text}")
    typer.echo(f"{'allowed' if answer.allowed else 'refused'}: {answer.message}")
    raise typer.Exit(0 if answer.allowed else 3)


@app.command("import-bundle")
def import_bundle(
    file: Annotated[Path, typer.Argument(help="What `brinkbyte license export-bundle` wrote.")],
    addr: Addr = LOCAL,
    key: Key = "",
    ca_cert: Authority = None,
) -> None:
    """Take a node's rights from a file: a running node at once, else at its next start.

    A node that does not answer at the address is reached through its database and state
    directory, by the variables of `brinkbyte edge serve`.
    """
    from deploy.cli.cloud import read_file

    text = read_file(file).strip()
    cameras = _import_running(text, addr, key, ca_cert) if _answers(addr) else _import_stopped(text)
    typer.echo(f"{len(cameras)} cameras: {', '.join(cameras)}")


def _import_running(text: str, addr: str, key: str, ca_cert: Path | None) -> list[str]:
    from brinkbyte.edge.v1 import edge_service_pb2 as pb

    request = pb.ImportOfflineBundleRequest(bundle=text)
    return list(_ask(addr, key, ca_cert, lambda stub: stub.ImportOfflineBundle(request)).camera_ids)


def _import_stopped(text: str) -> list[str]:
    from edge.bundle_import import import_bundle as take
    from edge.config import EdgeConfig
    from mesh.clock import SystemClock
    from mesh.settings import load

    imported = asyncio.run(take(load(EdgeConfig), text, SystemClock()))
    return sorted(imported.held)


def _answers(addr: str) -> bool:
    import socket

    from mesh.address import split_address

    try:
        with socket.create_connection(split_address(addr), timeout=2):
            return True
    except OSError:
        return False


def _ask(
    addr: str,
    key: str,
    ca_cert: Path | None,
    call: Callable[[EdgeServiceStub], Awaitable[Answer]],
) -> Answer:
    """The answer of a running node. Raises MeshError, StartError."""
    import grpc
    from brinkbyte.edge.v1 import edge_service_pb2_grpc as rpc

    from deploy.cli.cloud import read_file
    from mesh.channel import channel
    from mesh.status import from_rpc_error

    root_ca = read_file(ca_cert).encode() if ca_cert is not None else None

    async def ask() -> Answer:
        async with channel(addr, root_ca=root_ca, plaintext=root_ca is None, bearer=key) as link:
            return await call(rpc.EdgeServiceStub(link))

    try:
        return asyncio.run(ask())
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error


def _usage(answer: GetUsageStateResponse) -> list[str]:
    waiting = f", the oldest for {answer.lag_seconds:.0f} s" if answer.pending_events else ""
    acked = answer.last_acked_at.ToJsonString() if answer.HasField("last_acked_at") else "never"
    share = answer.held_bytes / answer.max_bytes if answer.max_bytes else 0
    return [
        f"journal  {answer.journal_id}: event {answer.acked_seq} of {answer.last_seq} is in the "
        f"cloud, last acknowledged {acked}",
        f"pending  {answer.pending_events} events{waiting}",
        f"budget   {answer.held_bytes} of {answer.max_bytes} bytes ({share:.1%}), "
        f"{answer.refused} uses refused",
        f"upload   {'behind' if answer.behind else 'in time'}, {answer.duplicates} events sent "
        f"again, last error: {answer.last_error or 'none'}",
    ]


def _license(held: HeldLicense) -> str:
    packs = ", ".join(("base", *held.enabled_growth_packs))
    if not held.allowed:
        return f"refused: {held.message}"
    return f"{held.message}, packs {packs}, until {held.valid_until.ToJsonString()}"
