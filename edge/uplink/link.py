"""The mTLS channel to the cloud, replaced when the certificate is."""

import asyncio

from edge.uplink.identity import Identity
from mesh.channel import MeshChannel, channel

_CLOSE_S = 5.0


class CloudLink:
    """Holds the current channel. Long streams end with the old one and are opened anew.

    `refused` is set by whoever hears that the cloud takes the device no more, so that the renewal
    finds out at once.
    """

    def __init__(self, addr: str, root_ca: bytes, identity: Identity) -> None:
        """`root_ca` (PEM) signs the cloud's server certificate, beside the device's own CA."""
        self._addr = addr
        self._root_ca = root_ca
        self._closing: set[asyncio.Task[None]] = set()
        self.identity = identity
        self.refused = asyncio.Event()
        self._channel = self._open(identity)

    @property
    def channel(self) -> MeshChannel:
        """The channel to use for the next call; do not keep it."""
        return self._channel

    def replace(self, identity: Identity) -> None:
        """Goes over to a new certificate; running unary calls may still end."""
        old, self._channel = self._channel, self._open(identity)
        self.identity = identity
        task = asyncio.create_task(old.close(_CLOSE_S))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Closes the channel and what is left of former ones."""
        await asyncio.gather(self._channel.close(), *self._closing)

    def _open(self, identity: Identity) -> MeshChannel:
        return channel(
            self._addr,
            root_ca=self._root_ca + identity.ca_pem,
            cert=identity.cert_pem,
            key=identity.key_pem,
        )
