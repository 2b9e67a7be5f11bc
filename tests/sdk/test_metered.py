"""A service puts its handlers behind a quota: refused when it is used up, counted exactly once."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from mesh.errors import FailedPrecondition, InvalidArgument, QuotaExhausted, Unavailable
from mesh.settings import load
from mesh.status import DETAILS_KEY
from sdk.client import Mesh
from sdk.event import EventStatus, UsageResult
from sdk.meter import UNDECIDED
from sdk.metered import Metered
from sdk.metered_interceptor import MeteredInterceptor
from sdk.settings import InstanceConfig
from sdk.spool import Spool
from tests.sdk.instance import CUSTOMER
from tests.sdk.quota_cloud import RESET, QuotaCloud, running_quota_cloud

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.fixture
async def cloud() -> AsyncIterator[QuotaCloud]:
    async with running_quota_cloud(llm_token=1000, sms=10) as running:
        yield running


@pytest.fixture
def new_mesh(cloud: QuotaCloud, tmp_path: Path) -> Callable[..., Mesh]:
    def make(results: list[UsageResult] | None = None) -> Mesh:
        settings: dict[str, Any] = {
            "customer_id": CUSTOMER,
            "api_key": "key",
            "billing_api_addr": f"http://127.0.0.1:{cloud.port}",
            "instance_state_dir": tmp_path / "instance",
        }
        return Mesh(
            load(InstanceConfig, **settings), on_result=None if results is None else results.append
        )

    return make


async def test_the_worked_example_of_the_page(cloud: QuotaCloud, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "sdk.md").read_text()
    (program,) = [each for each in re.findall(PROGRAM, page) if "mesh.metered" in each]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        program,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "BRINKBYTE_TENANT_ID": CUSTOMER,
            "BRINKBYTE_TENANT_API_KEY": "key",
            "BRINKBYTE_BILLING_API_ADDR": f"http://127.0.0.1:{cloud.port}",
            "BRINKBYTE_INSTANCE_STATE_DIR": str(tmp_path / "instance"),
        },
    )
    async with asyncio.timeout(150):
        said, _ = await process.communicate()
    assert process.returncode == 0
    assert said.decode().splitlines()[-3:] == [
        "see camera gate the does what - 12 tokens",
        "refused: llm_token used 12 of 1000",
        "resets in the future: True",
    ]
    assert list(cloud.counted.values()) == [12]


@pytest.fixture
async def mesh(new_mesh: Callable[..., Mesh]) -> AsyncIterator[Mesh]:
    async with new_mesh() as running:
        yield running


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def flushed(mesh: Mesh) -> None:
    async with asyncio.timeout(60):
        await mesh.meter.settled()
        await mesh.usage.flush()


def metered_llm(mesh: Mesh, **policy: Any) -> Callable[..., Any]:
    @mesh.metered(
        "llm_token",
        estimate=lambda prompt, tokens: 400,
        actual=lambda answer: answer["tokens"],
        resource="example-model",
        **policy,
    )
    async def complete(prompt: str, tokens: int) -> dict[str, Any]:
        if prompt == "fail":
            raise RuntimeError("the model broke")
        return {"text": prompt.upper(), "tokens": tokens}

    return complete


async def test_what_a_handler_used_is_counted_and_the_next_is_refused_at_the_cap(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    complete = metered_llm(mesh)
    assert (await complete("hello", 137))["text"] == "HELLO"
    await complete("more", 550)
    await flushed(mesh)
    assert sorted(cloud.counted.values()) == [137, 550]
    assert set(cloud.resources.values()) == {"example-model"}
    assert not cloud.reserved
    with pytest.raises(QuotaExhausted, match="687 of 1000 llm_token used, 313 left") as refused:
        await complete("too much", 1)
    error = refused.value
    assert (error.subject, error.limit, error.used, error.remaining, error.reset) == (
        "llm_token",
        1000,
        687,
        313,
        RESET,
    )
    assert cloud.total == 687


async def test_what_raises_or_is_cancelled_uses_nothing_unless_it_says_so(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    complete = metered_llm(mesh)
    with pytest.raises(RuntimeError, match="the model broke"):
        await complete("fail", 0)
    started = asyncio.Event()

    @mesh.metered("llm_token", estimate=500)
    async def hang() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await flushed(mesh)
    assert (len(cloud.released), cloud.reserved, cloud.counted) == (2, {}, {})
    with pytest.raises(RuntimeError):
        await metered_llm(mesh, spent_on_error=lambda error: 12)("fail", 0)
    await flushed(mesh)
    assert cloud.total == 12


async def test_operations_of_one_moment_travel_together_and_never_pass_the_cap(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    answers = await asyncio.gather(
        *[mesh.quota.reserve("sms") for _ in range(50)], return_exceptions=True
    )
    granted = [each for each in answers if isinstance(each, str)]
    refused = [each for each in answers if isinstance(each, QuotaExhausted)]
    assert (len(granted), len(refused)) == (10, 40)
    assert {UUID(each).version for each in granted} == {7}
    assert len(cloud.calls) == 1
    await asyncio.gather(*[mesh.quota.commit(each, "sms", 1, "gate") for each in granted[:9]])
    await mesh.quota.release(granted[9], "sms")
    assert (cloud.total, len(cloud.calls)) == (9, 3)
    assert await mesh.quota.reserve("sms")


async def test_a_lost_answer_is_asked_for_again_under_the_same_id(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    cloud.lose = {"reserve", "commit"}
    await metered_llm(mesh)("hello", 300)
    await flushed(mesh)
    assert [kind for kind, _ in cloud.ids] == ["reserve", "reserve", "commit", "commit"]
    assert len({each for _, each in cloud.ids}) == 1
    assert (cloud.total, cloud.reserved) == (300, {})


async def test_one_operation_that_is_wrong_fails_no_other(cloud: QuotaCloud, mesh: Mesh) -> None:
    good, bad = await asyncio.gather(
        mesh.quota.reserve("sms"), mesh.quota.reserve("no_such"), return_exceptions=True
    )
    assert isinstance(good, str)
    assert isinstance(bad, InvalidArgument)
    assert bad.reason == "METRIC_UNKNOWN"
    with pytest.raises(InvalidArgument, match="quantity"):
        await mesh.quota.reserve("sms", "-1")
    assert len(cloud.reserved) == 1


async def test_without_a_decision_closed_refuses_and_open_runs_flagged_and_counted_once(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    cloud.away = True
    with pytest.raises(Unavailable) as refused:
        await metered_llm(mesh)("hello", 5)
    assert refused.value.reason == "DECISION_UNAVAILABLE"
    answer = await metered_llm(mesh, when_unknown="open")("hello", 5)
    assert answer["text"] == "HELLO"
    assert cloud.counted == {}
    cloud.away = False
    cloud.lose = {"report"}
    await flushed(mesh)
    assert list(cloud.counted.values()) == [5]
    assert list(cloud.dimensions.values()) == [UNDECIDED]
    with pytest.raises(ValueError, match="ajar"):
        metered_llm(mesh, when_unknown="ajar")


async def test_what_cannot_be_committed_is_reported_under_the_operations_id(
    cloud: QuotaCloud, new_mesh: Callable[..., Mesh]
) -> None:
    results: list[UsageResult] = []
    async with new_mesh(results) as mesh:

        @mesh.metered("llm_token", estimate=400, actual=len)
        async def complete() -> str:
            cloud.away = True
            return "x" * 77

        await complete()
        assert mesh.usage.unsent == 1
    cloud.away = False
    async with new_mesh(results) as mesh:
        await flushed(mesh)
        assert cloud.counted == {cloud.ids[0][1]: 77}
        assert cloud.reserved == {}
        cloud.refuse_commits = True
        await metered_llm(mesh)("hello", 3)
        await flushed(mesh)
    assert cloud.total == 80
    assert {each.status for each in results} == {EventStatus.ACCEPTED}


async def test_a_commit_whose_answer_never_came_counts_once(
    cloud: QuotaCloud, new_mesh: Callable[..., Mesh], tmp_path: Path
) -> None:
    results: list[UsageResult] = []
    async with new_mesh(results) as mesh:
        counting = mesh.quota.commit

        async def die(*args: Any, **kwargs: Any) -> Any:
            await counting(*args, **kwargs)
            await asyncio.Event().wait()

        mesh.quota.commit = die  # type: ignore[method-assign]
        await metered_llm(mesh)("hello", 40)
        await until(lambda: cloud.total == 40)
    async with new_mesh(results) as mesh:
        await flushed(mesh)
    assert cloud.total == 40
    assert [each.status for each in results] == [EventStatus.DUPLICATE]


def test_a_use_is_on_disk_before_its_commit_and_sent_by_the_next_run(tmp_path: Path) -> None:
    spool = Spool(tmp_path, CUSTOMER)
    spool.append([("op-1", b"1"), ("plain", b"2"), ("op-2", b"3")], ["op-1", "op-2"])
    assert [each.event_id for each in spool.read(10, 100)] == ["plain"]
    spool.remove(["plain"])
    spool.unhold("op-2")
    assert [each.event_id for each in spool.read(10, 100)] == ["op-2"]
    spool.close()
    again = Spool(tmp_path, CUSTOMER)
    assert [(each.event_id, each.operation) for each in again.read(10, 100)] == [
        ("op-1", True),
        ("op-2", True),
    ]
    again.close()


async def test_a_stream_counts_what_was_streamed_also_when_its_reader_leaves(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    @mesh.metered("llm_token", estimate=300, actual=len, resource="stream")
    async def words() -> AsyncIterator[str]:
        for word in ("one", "three", "seven"):
            yield word

    assert [word async for word in words()] == ["one", "three", "seven"]
    leaving = words()
    assert await anext(leaving) == "one"
    await leaving.aclose()  # type: ignore[attr-defined]
    await flushed(mesh)
    assert sorted(cloud.counted.values()) == [3, 13]


async def test_a_plain_function_is_metered_from_a_worker_thread(
    cloud: QuotaCloud, mesh: Mesh
) -> None:
    @mesh.metered("sms", resource="gate")
    def send(to: str) -> str:
        return f"sent to {to}"

    assert await asyncio.to_thread(send, "ann") == "sent to ann"
    await flushed(mesh)
    assert cloud.total == 1
    with pytest.raises(FailedPrecondition, match="worker thread"):
        send("bob")


class ModelServer:
    """An example LLM behind gRPC: as many tokens as the prompt has words."""

    @staticmethod
    async def complete(request: bytes, _: grpc.aio.ServicerContext[Any, Any]) -> bytes:
        return b" ".join(request.split())

    @staticmethod
    async def stream(request: bytes, _: grpc.aio.ServicerContext[Any, Any]) -> AsyncIterator[bytes]:
        for word in request.split():
            yield word
        await asyncio.Event().wait()

    @staticmethod
    async def write(request: bytes, context: grpc.aio.ServicerContext[Any, Any]) -> None:
        for word in request.split():
            await context.write(word)

    def handlers(self) -> Any:
        return grpc.method_handlers_generic_handler(
            "example.v1.Model",
            {
                "Complete": grpc.unary_unary_rpc_method_handler(self.complete),
                "Stream": grpc.unary_stream_rpc_method_handler(self.stream),
                "Write": grpc.unary_stream_rpc_method_handler(self.write),
            },
        )


@pytest.fixture
async def model(mesh: Mesh) -> AsyncIterator[grpc.aio.Channel]:
    rule = Metered(
        "llm_token",
        estimate=lambda prompt: 2 * len(prompt.split()),
        actual=lambda text: len(text.split()),
    )
    server = grpc.aio.server(
        interceptors=[MeteredInterceptor(mesh.meter, {"/example.v1.Model/*": rule})]
    )
    server.add_generic_rpc_handlers((ModelServer().handlers(),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(0)


async def test_a_grpc_service_behind_a_quota(
    cloud: QuotaCloud, mesh: Mesh, model: grpc.aio.Channel
) -> None:
    complete = model.unary_unary("/example.v1.Model/Complete")
    assert await complete(b"a b c") == b"a b c"
    written = [each async for each in model.unary_stream("/example.v1.Model/Write")(b"a b")]
    assert written == [b"a", b"b"]
    await flushed(mesh)
    assert cloud.total == 5
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await complete(b"w " * 600)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    status = status_pb2.Status.FromString(dict(refused.value.trailing_metadata())[DETAILS_KEY])
    info, quota, retry = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.QuotaFailure(),
        error_details_pb2.RetryInfo(),
    )
    for detail, packed in zip((info, quota, retry), status.details, strict=True):
        assert packed.Unpack(detail)
    assert quota.violations[0].subject == "llm_token"
    assert (info.metadata["used"], info.metadata["remaining"]) == ("5", "995")
    assert 9 <= retry.retry_delay.ToTimedelta().days <= 10
    assert cloud.total == 5


async def test_a_client_that_goes_away_pays_for_what_was_streamed(
    cloud: QuotaCloud, mesh: Mesh, model: grpc.aio.Channel
) -> None:
    call = model.unary_stream("/example.v1.Model/Stream")(b"a b c d")
    got = [await call.read() for _ in range(4)]
    assert got == [b"a", b"b", b"c", b"d"]
    call.cancel()
    await until(lambda: bool(cloud.counted))
    assert (cloud.total, cloud.resources.popitem()[1]) == (
        Decimal(4),
        "/example.v1.Model/Stream",
    )
