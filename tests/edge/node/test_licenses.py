"""A node tells what may run on it and why, and goes on from a file with no network at all."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from brinkbyte.common.v1 import decision_pb2
from brinkbyte.common.v1 import error_reason_pb2 as reasons
from brinkbyte.edge.v1 import edge_service_pb2 as pb

from edge.config import EdgeConfig
from edge.main import EdgeNode
from mesh.clock import SystemClock
from mesh.errors import StartError
from mesh.faults import NoFaults
from tests.edge.cloud_double.cloud import Cloud
from tests.edge.cloud_double.server import CloudServer
from tests.edge.node.conftest import KEY
from tests.edge.node.test_node import until

Rule = decision_pb2.DecisionRule


async def brinkbyte(config: EdgeConfig, port: int, *arguments: str) -> str:
    """What the command line prints, run with the node's own variables."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "deploy.cli", "edge", *arguments],
        env={
            "PATH": os.environ["PATH"],
            "BRINKBYTE_EDGE_ADDR": f"127.0.0.1:{port}",
            "BRINKBYTE_EDGE_API_KEY": KEY,
            "BRINKBYTE_EDGE_STATE_DIR": str(config.edge_state_dir),
            "BRINKBYTE_EDGE_DATABASE_URL": config.edge_database_url.get_secret_value(),
            "BRINKBYTE_CA_CERT": str(config.ca_cert),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return f"{done.stdout}{done.stderr}exit status {done.returncode}\n"


async def test_it_lists_refreshes_and_explains(
    running_node: Any, api: Any, cloud: Cloud, config: EdgeConfig
) -> None:
    cloud.grant("north", "industry")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        listed = await stub.ListLicenses(pb.ListLicensesRequest())
        held = {each.camera_id: each for each in listed.licenses}
        assert (held["north"].allowed, held["south"].allowed) == (True, False)
        assert held["north"].enabled_growth_packs == ["industry"]
        assert held["north"].source == pb.LICENSE_SOURCE_CLOUD
        assert held["south"].reason == reasons.ERROR_REASON_CAMERA_UNLICENSED
        assert listed.epoch.number == 1

        first = await stub.ListLicenses(pb.ListLicensesRequest(page_size=1))
        rest = await stub.ListLicenses(pb.ListLicensesRequest(page_token=first.next_page_token))
        assert [each.camera_id for page in (first, rest) for each in page.licenses] == [
            "north",
            "south",
        ]
        assert rest.next_page_token == ""

        cloud.grant("south")
        cloud.epoch += 1
        refreshed = await stub.RefreshLicenses(pb.RefreshLicensesRequest())
        assert (refreshed.cameras, refreshed.epoch.number) == (2, 2)
        await until(stub, "south", pb.PIPELINE_STATE_FINISHED)

        ask = pb.ExplainDecisionRequest(camera_id="north", feature="object_size")
        told = await stub.ExplainDecision(ask)
        assert [(step.rule, step.passed) for step in told.steps] == [
            (Rule.DECISION_RULE_EPOCH, True),
            (Rule.DECISION_RULE_CLOCK, True),
            (Rule.DECISION_RULE_FEATURE, True),
            (Rule.DECISION_RULE_BUNDLE, True),
            (Rule.DECISION_RULE_SLOT, True),
            (Rule.DECISION_RULE_STATUS, True),
            (Rule.DECISION_RULE_DATES, True),
            (Rule.DECISION_RULE_PACK, False),
        ]
        assert told.steps[-1].reason == told.reason == reasons.ERROR_REASON_FEATURE_NOT_LICENSED
        assert told.message == told.steps[-1].text
        stranger = await stub.ExplainDecision(pb.ExplainDecisionRequest(camera_id="stranger"))
        assert stranger.reason == reasons.ERROR_REASON_NEVER_VALIDATED

        printed = await brinkbyte(config, node.port, "explain", "north", "object_size")
        assert "refused  pack" in printed
        *_, last, status = printed.splitlines()
        assert last.startswith("refused: pack advanced_analytics")
        assert status == "exit status 3"
        printed = await brinkbyte(config, node.port, "licenses")
        assert [line.split()[0] for line in printed.splitlines()] == ["north", "south", "exit"]
        assert "2 cameras, epoch 2" in await brinkbyte(config, node.port, "refresh")


async def test_a_refresh_without_the_cloud_says_so(
    running_node: Any, api: Any, cloud: Cloud, cloud_server: CloudServer
) -> None:
    cloud.grant("north")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        await cloud_server.down()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.RefreshLicenses(pb.RefreshLicensesRequest())
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_enrolled_once_it_runs_from_a_file_for_ever_offline(
    running_node: Any, api: Any, cloud: Cloud, cloud_server: CloudServer, tmp_path: Path
) -> None:
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
    await cloud_server.down()
    cloud.grant("north")
    cloud.grant("south")
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.ImportOfflineBundle(
                pb.ImportOfflineBundleRequest(bundle=cloud.bundle(key_thumbprint="x" * 43))
            )
        assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        imported = await stub.ImportOfflineBundle(
            pb.ImportOfflineBundleRequest(bundle=cloud.bundle())
        )
        assert list(imported.camera_ids) == ["north", "south"]
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        await until(stub, "south", pb.PIPELINE_STATE_FINISHED)


async def test_the_command_line_takes_a_file_with_the_node_stopped_or_running(
    running_node: Any,
    api: Any,
    cloud: Cloud,
    cloud_server: CloudServer,
    config: EdgeConfig,
) -> None:
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_REFUSED)
        port = node.port
    await cloud_server.down()
    cloud.grant("north")
    file = config.edge_state_dir.parent / "site.bundle"
    file.write_text(cloud.bundle() + "\n")
    imported = await brinkbyte(config, port, "import-bundle", str(file))
    assert imported == "1 cameras: north\nexit status 0\n"
    async with running_node() as node, api(node) as stub:
        await until(stub, "north", pb.PIPELINE_STATE_FINISHED)
        cloud.grant("south")
        file.write_text(cloud.bundle())
        printed = await brinkbyte(config, node.port, "import-bundle", str(file))
        assert printed == "2 cameras: north, south\nexit status 0\n"
        await until(stub, "south", pb.PIPELINE_STATE_FINISHED)


async def test_a_cloned_disk_does_not_start(running_node: Any, config: EdgeConfig) -> None:
    async with running_node():
        pass
    clone = config.model_copy(update={"edge_hardware_id": "hw-8", "edge_enrollment_token": None})
    with pytest.raises(StartError, match="enrolled on other hardware"):
        await EdgeNode.build(clone, SystemClock(), NoFaults())
