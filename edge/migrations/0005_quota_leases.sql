-- What the cloud last said of each metric. Amounts are exact decimals as it wrote them.
create table quota_metrics (
    metric text primary key,
    limited boolean not null,
    limit_text text,
    used_text text,
    resets_at timestamptz,
    answered_at timestamptz not null
);

-- Slices of quotas that this node may spend, in units of 0.00001. What was spent is told by
-- the counts themselves: journalled_e5 here, and open minutes under the lease's id.
create table quota_leases (
    lease_id uuid primary key,
    metric text not null,
    journal_id uuid not null,
    granted_e5 bigint not null check (granted_e5 >= 0),
    journalled_e5 bigint not null default 0 check (journalled_e5 >= 0),
    granted_at timestamptz not null,
    expires_at timestamptz not null,
    returning_since timestamptz
);
create unique index quota_leases_held on quota_leases (metric) where returning_since is null;

-- A count belongs to the lease that it was spent of, the nil UUID where none was needed.
alter table usage_events
    add column lease_id uuid not null default '00000000-0000-0000-0000-000000000000';
drop index usage_events_open;
create unique index usage_events_open on usage_events
    (event_time, event_type, resource_id, model, pack, lease_id) where seq is null;
