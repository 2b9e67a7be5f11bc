"""Tells those who follow a tenant that its rights changed, here or at another replica."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from billing.topics import CATALOG_TOPIC, rights_topic
from mesh.wakeup import Wakeups


class RightsWatch:
    """One waiting task per tenant that is followed, and one for what changes the rights of all of
    them. A hint only: it may be lost."""

    def __init__(self, wakeups: Wakeups) -> None:
        """`wakeups` carries the hints."""
        self._wakeups = wakeups
        self._followers: dict[UUID, set[Callable[[UUID], None]]] = {}
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._everyone: asyncio.Task[None] | None = None

    def follow(self, tenant_id: UUID, changed: Callable[[UUID], None]) -> None:
        """Calls `changed` with the tenant's id at each hint, until `leave`."""
        followers = self._followers.setdefault(tenant_id, set())
        followers.add(changed)
        if tenant_id not in self._tasks:
            self._tasks[tenant_id] = asyncio.create_task(self._wait(tenant_id))
        if self._everyone is None:
            self._everyone = asyncio.create_task(self._wait_for_all())

    def leave(self, tenant_id: UUID, changed: Callable[[UUID], None]) -> None:
        """Ends `follow`."""
        followers = self._followers.get(tenant_id, set())
        followers.discard(changed)
        if not followers and tenant_id in self._tasks:
            del self._followers[tenant_id]
            self._tasks.pop(tenant_id).cancel()

    def close(self) -> None:
        """Ends every waiting task."""
        for task in self._tasks.values():
            task.cancel()
        if self._everyone is not None:
            self._everyone.cancel()
            self._everyone = None
        self._tasks.clear()
        self._followers.clear()

    async def _wait(self, tenant_id: UUID) -> None:
        with self._wakeups.subscribe(rights_topic(tenant_id)) as hints:
            while True:
                await hints.wait()
                self._tell(tenant_id)

    async def _wait_for_all(self) -> None:
        with self._wakeups.subscribe(CATALOG_TOPIC) as hints:
            while True:
                await hints.wait()
                for tenant_id in tuple(self._followers):
                    self._tell(tenant_id)

    def _tell(self, tenant_id: UUID) -> None:
        for changed in tuple(self._followers.get(tenant_id, ())):
            changed(tenant_id)
