"""What a pack holds comes with the signed token, and so does what the vendor gave or took."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from mesh.clock import ManualClock
from mesh.database import Database, Role
from mesh.errors import FailedPrecondition
from rights.catalog.model import Catalog
from rights.feature_rules import FeatureRules
from rights.overrides import FeatureOverride
from rights.steps import Refusal, Rule

NEW = "smoke_plume"


def with_new_pack(catalog: Catalog, *overrides: FeatureOverride) -> FeatureRules:
    rules = FeatureRules.of(catalog, overrides)
    return replace(rules, pack_of={**rules.pack_of, NEW: "fire_watch"})


async def refreshed(gate: Any, source: Any, rules: FeatureRules) -> None:
    source.cloud.rules = rules
    source.cloud.epoch += 1
    await gate.refresh()


async def stored(database: Database) -> dict[str, str]:
    async with database.transaction(Role.APP) as conn:
        rows = await conn.fetch("select * from growth_pack_features")
    return {row["feature_name"]: row["growth_pack_name"] for row in rows}


async def test_a_pack_unknown_to_the_node_runs_by_its_token_and_through_a_restart(
    start: Any, source: Any, catalog: Catalog, new_database: Database
) -> None:
    source.cloud.grant("cam", "fire_watch")
    gate, told = await start(), []
    await gate.ensure(["cam"])
    gate.watch(told.append)
    assert gate.feature("cam", NEW).reason is Refusal.FEATURE_UNKNOWN
    await refreshed(gate, source, with_new_pack(catalog))
    assert told == ["cam"], "the running camera hears of it"
    assert gate.feature("cam", NEW).allowed
    assert (await stored(new_database))[NEW] == "fire_watch"
    source.away()
    again = await start()
    await again.ensure(["cam"])
    assert again.feature("cam", NEW).allowed
    source.back()
    await refreshed(gate, source, FeatureRules.of(catalog))
    assert NEW not in await stored(new_database)


async def test_rules_that_the_cloud_did_not_sign_change_nothing(
    start: Any, source: Any, catalog: Catalog
) -> None:
    source.cloud.grant("cam", "fire_watch")
    source.cloud.rules = with_new_pack(catalog)
    gate = await start()
    await gate.ensure(["cam"])

    def changed(token: str) -> str:
        head, payload, signature = token.split(".")
        members = json.loads(base64.urlsafe_b64decode(payload + "=="))
        members["featureOverrides"] = [{"feature": "near_miss", "allowed": True}]
        body = base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()
        return f"{head}.{body}.{signature}"

    source.tamper = changed
    with pytest.raises(FailedPrecondition, match="signature"):
        await gate.refresh()
    assert not gate.feature("cam", "near_miss").allowed
    assert gate.feature("cam", NEW).allowed


async def test_an_override_takes_and_gives_until_its_time_by_the_forward_clock(
    start: Any, source: Any, catalog: Catalog, clock: ManualClock
) -> None:
    source.cloud.grant("cam")
    source.cloud.grant("other")
    gate, told = await start(), []
    await gate.ensure(["cam", "other"])
    until = clock.now().replace(microsecond=0) + timedelta(hours=1)
    rules = FeatureRules.of(
        catalog,
        (
            FeatureOverride("person", False, None, "recall", until),
            FeatureOverride("person", True, "other", "", None),
            FeatureOverride("near_miss", True, "cam", "", until),
        ),
    )
    await refreshed(gate, source, rules)
    assert gate.feature("cam", "person").reason is Refusal.FEATURE_WITHDRAWN
    assert gate.feature("other", "person").allowed, "a camera's own override comes first"
    assert gate.feature("cam", "near_miss").allowed
    assert not gate.feature("other", "near_miss").allowed
    last = gate.explain("cam", "person").steps[-1]
    assert (last.rule, last.passed) == (Rule.OVERRIDE, False)
    assert until.isoformat() in last.text
    assert "recall" in last.text

    gate.watch(told.append)
    clock.advance(timedelta(minutes=59))
    gate.tell_what_time_changed()
    clock.turn_to(clock.now() - timedelta(days=1))
    assert not gate.feature("cam", "person").allowed, "a clock turned back wins no time"
    assert told == []
    clock.advance(timedelta(minutes=2))
    gate.tell_what_time_changed()
    assert sorted(told) == ["cam", "other"], "the pipelines ask again"
    assert gate.feature("cam", "person").allowed
    assert not gate.feature("cam", "near_miss").allowed


async def test_an_older_token_leaves_it_to_the_nodes_own_catalogue(
    start: Any, source: Any, catalog: Catalog
) -> None:
    source.cloud.grant("cam", "industry")
    source.cloud.rules = None
    token = source.cloud.token
    source.cloud.token = lambda cameras: token(cameras, feature_rules=None)
    gate = await start()
    await gate.ensure(["cam"])
    assert gate.feature("cam", "number_plate").allowed
    assert not gate.feature("cam", "near_miss").allowed
