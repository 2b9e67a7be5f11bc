"""An embedded NVIDIA Triton server, run from the nvidia-pytriton wheel.

The wheel needs its own virtual environment (numpy below 2). Models use the Python backend,
whose interpreter stub finds that environment's packages.
"""

import contextlib
import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.ports import in_use, is_free, require_free
from deploy.local.probe import http_ok
from deploy.local.process import Child, Command, spawn, until_ready
from deploy.local.rundir import RunDir
from deploy.local.triton_log import why_ended

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where POSIX shared memory lies


@dataclass(frozen=True, slots=True)
class TritonPorts:
    """The three listeners of one server, on 127.0.0.1."""

    grpc: int
    http: int
    metrics: int


@dataclass(slots=True)
class TritonServer:
    """One server for the models in `repository`, all loaded at start or none.

    `environment` is the virtual environment that nvidia-pytriton is installed in. Models
    must have a complete config.pbtxt (Triton does not guess what is missing).
    """

    name: str
    run: RunDir
    ports: TritonPorts
    repository: Path
    environment: Path
    host: str = "127.0.0.1"
    child: Child | None = None

    @property
    def address(self) -> str:
        """host:port of the gRPC inference service."""
        return f"{self.host}:{self.ports.grpc}"

    async def start(self) -> Child:
        """Start and wait until every model is ready; raises StartError."""
        for port in (self.ports.grpc, self.ports.http, self.ports.metrics):
            require_free(self.name, port)
        if not any(self.repository.glob("*/config.pbtxt")):
            raise StartError(
                self.name,
                f"there is no model in {self.repository}",
                "make the models first, or name another repository",
            )
        packages = self._packages()
        self._clear_shared_memory()
        command = Command(
            name=self.name,
            argv=(
                str(packages / "pytriton/tritonserver/bin/tritonserver"),
                *self._options(self._backends(packages)),
            ),
            environment=self._environment(packages),
        )
        child = spawn(command, self.run)
        self.child = await until_ready(child, self._answers, self._explain, timeout_s=60)
        return self.child

    async def stop(self, *, timeout_s: float = 8.0) -> None:
        """Stop, by force after `timeout_s` seconds, and remove the shared memory that the
        models' processes left. Triton itself takes 2 to 3 seconds."""
        if self.child is not None:
            await self.child.stop(timeout_s)
        self._clear_shared_memory()

    @property
    def _shared_memory_prefix(self) -> str:
        place = f"{self.run.root}:{self.name}"
        return f"brinkbyte_{hashlib.sha256(place.encode()).hexdigest()[:12]}_"

    def _clear_shared_memory(self) -> None:
        for region in SHARED_MEMORY.glob(f"{self._shared_memory_prefix}*"):
            with contextlib.suppress(FileNotFoundError):
                region.unlink()

    def _packages(self) -> Path:
        found = sorted(self.environment.glob("lib/python3.*/site-packages"))
        if not found or not (found[0] / "pytriton/tritonserver/bin/tritonserver").exists():
            raise StartError(
                self.name,
                f"{self.environment} holds no Triton server",
                "run `make` to install nvidia-pytriton there",
            )
        return found[0]

    def _backends(self, packages: Path) -> Path:
        """A backend directory with the stub of the environment's own Python version."""
        source = packages / "pytriton/tritonserver"
        version = packages.parent.name.removeprefix("python")
        stub = source / "python_backend_stubs" / version / "triton_python_backend_stub"
        if not stub.exists():
            raise StartError(
                self.name,
                f"the wheel has no Python backend for Python {version}",
                f"make {self.environment} with Python 3.11 or 3.12",
            )
        target = self.run.data / self.name / "backends"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source / "backends/python", target / "python")
        shutil.copy2(stub, target / "python")
        return target

    def _options(self, backends: Path) -> list[str]:
        values = {
            "model-repository": self.repository,
            "backend-directory": backends,
            "backend-config": f"python,shm-region-prefix-name={self._shared_memory_prefix}",
            "model-control-mode": "none",
            "strict-readiness": "true",
            "exit-on-error": "true",
            "exit-timeout-secs": 5,
            "http-address": self.host,
            "grpc-address": self.host,
            "metrics-address": self.host,
            "http-port": self.ports.http,
            "grpc-port": self.ports.grpc,
            "metrics-port": self.ports.metrics,
            "allow-gpu-metrics": "false",
            "pinned-memory-pool-byte-size": 0,
        }
        options = [f"--{key}={value}" for key, value in values.items()]
        return [*options, "--disable-auto-complete-config"]

    def _environment(self, packages: Path) -> dict[str, str]:
        configuration = (self.environment / "pyvenv.cfg").read_text()
        home = re.search(r"^home\s*=\s*(.+)$", configuration, re.MULTILINE)
        interpreter = Path(home[1].strip() if home else "/usr/bin").parent / "lib"
        return {
            "LD_LIBRARY_PATH": f"{packages / 'nvidia_pytriton.libs'}:{interpreter}",
            "PYTHONPATH": str(packages),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PATH": f"{self.environment / 'bin'}:{os.defpath}",
        }

    async def _answers(self) -> bool:
        return await http_ok(self.host, self.ports.http, "/v2/health/ready")

    def _explain(self, lines: list[str]) -> StartError:
        for port in (self.ports.grpc, self.ports.http, self.ports.metrics):
            if not is_free(port):
                return in_use(self.name, port)
        reason, remedy = why_ended(lines)
        return StartError(self.name, reason, remedy or f"see {self.run.logs}/{self.name}.log")
