"""Signing in: an attempt is counted first, and every failure is the same answer."""

import ipaddress

from billing.unit import Unit, Units
from billing.users.passwords import Passwords
from billing.users.service import NewSession, UsersService
from mesh.errors import NotFound, RateLimited, Unauthenticated


class SignIn:
    """Two transactions with the slow password between them, so that none waits for it."""

    def __init__(self, units: Units, users: UsersService, passwords: Passwords) -> None:
        """Transactions, rules and hashes."""
        self._units = units
        self._users = users
        self._passwords = passwords

    async def begin(
        self, account: str, email: str, password: str, peer: str
    ) -> tuple[Unit, NewSession]:
        """A session; `peer` is the caller's address as the call has it.

        Raises Unauthenticated (CREDENTIAL_INVALID) for a wrong password, user or account alike,
        in about the same time; RateLimited after too many attempts.
        """
        tenant_id, address = await self._units.tenant_named(account), address_of(peer)
        async with self._units.within(tenant_id) as unit:
            candidate = await self._users.candidate(unit, email, address)
            if candidate.wait is not None:
                self._users.refuse_sign_in(unit, candidate, RateLimited.reason)
        if candidate.wait is not None:
            raise RateLimited(candidate.wait)
        right = await self._passwords.verify(password, candidate.password_hash)
        if not right or candidate.user is None:
            async with self._units.within(tenant_id) as unit:
                self._users.refuse_sign_in(unit, candidate, Unauthenticated.reason)
            raise _refused()
        try:
            async with self._units.within(tenant_id) as unit:
                return unit, await self._users.sign_in(unit, candidate.user, address)
        except NotFound:
            raise _refused() from None


def address_of(peer: str) -> str:
    """The host of a peer: an IPv4 address, or the /64 that one IPv6 subscriber has.

    From gRPC it is `ipv4:192.0.2.1:4711` or `ipv6:%5B2001:db8::1%5D:4711`, from a program of the
    mesh the bare address.
    """
    kind, _, rest = peer.partition(":")
    if kind in {"ipv4", "ipv6"}:
        peer = rest.rpartition(":")[0].replace("%5B", "").replace("%5D", "").strip("[]")
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network((address, 64), strict=False))


def _refused() -> Unauthenticated:
    return Unauthenticated(message="the account, the e-mail address or the password is wrong")
