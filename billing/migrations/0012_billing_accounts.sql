-- Closing: where a tenant's billing stands, and which use came after a close.

-- One row a tenant. What records usage reads it `for share` in the statement that records; a close
-- takes it `for update` first. So what was acknowledged before a close is in it, and what comes
-- after with a billing_time before closed_before is late: it bears the number of the last close.
-- closed_before is a full hour, so that no hour is half closed.
create table billing_accounts (
    tenant_id uuid primary key references tenants,
    closed_before timestamptz not null default '-infinity'
        constraint billing_accounts_full_hour
        check (closed_before = date_trunc('hour', closed_before, 'UTC')),
    closes integer not null default 0 check (closes >= 0)
) with (fillfactor = 50);

-- revision is 0 for use that came in time, else the number of the close that it came after: each
-- event belongs to one (metric, hour, revision), and each of these to one invoice. largest is the
-- largest quantity of one event.
alter table usage_events add column revision integer not null default 0;
alter table usage_deltas
    add column revision integer not null default 0,
    add column largest numeric;
alter table usage_aggregates
    add column revision integer not null default 0,
    add column largest numeric,
    drop constraint usage_aggregates_pkey,
    add primary key (tenant_id, event_type, window_start, revision);
create index usage_aggregates_late on usage_aggregates (tenant_id, revision) where revision > 0;

-- The owner sees the rows of every tenant only where row-level security does not hold it back.
alter table tenants no force row level security;
alter table usage_events no force row level security;
alter table usage_deltas no force row level security;
alter table usage_aggregates no force row level security;
insert into billing_accounts (tenant_id) select tenant_id from tenants;
call protect_tenant_table('billing_accounts');
create temporary table largest_of_hour on commit drop as
select tenant_id, event_type, date_trunc('hour', billing_time, 'UTC') as window_start,
    max(quantity) as largest
from usage_events group by 1, 2, 3;
update usage_deltas d set largest = l.largest from largest_of_hour l
where (l.tenant_id, l.event_type, l.window_start) = (d.tenant_id, d.event_type, d.window_start);
update usage_aggregates a set largest = l.largest from largest_of_hour l
where (l.tenant_id, l.event_type, l.window_start) = (a.tenant_id, a.event_type, a.window_start);
-- Sums without an event on record have no largest; there are none but by hand.
update usage_deltas set largest = quantity where largest is null;
update usage_aggregates set largest = quantity where largest is null;
alter table tenants force row level security;
alter table usage_events force row level security;
alter table usage_deltas force row level security;
alter table usage_aggregates force row level security;
alter table usage_deltas alter column largest set not null;
alter table usage_aggregates alter column largest set not null;
