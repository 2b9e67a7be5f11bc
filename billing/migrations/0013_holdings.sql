-- What a tenant held of paid plans and items, by UTC day.

-- A row is a day on which something changed; until the next one what it was at its end (closing)
-- holds, but no longer than held_until. peak is the most of it at any moment of that day. Rows are
-- written in the transaction of the change, under the tenant's row lock. quantity of a plan is 1.
-- Tenants that were there before have no row until the server first looks at them.
create table holdings (
    tenant_id uuid not null references tenants,
    kind text not null check (kind in ('plan', 'item')),
    family text not null,
    name text not null,
    day date not null,
    peak integer not null check (peak >= closing),
    closing integer not null check (closing >= 0),
    held_until timestamptz,
    changed_at timestamptz not null,
    primary key (tenant_id, kind, family, name, day)
);
call protect_tenant_table('holdings');
