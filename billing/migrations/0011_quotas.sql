-- Quotas: what is set aside, lent out and told. What was used is the sum of usage itself.

-- One row per tenant, metric and period, whose lock orders everything that takes from the quota.
-- reserved is the sum of the open operations. full_since is when all that is included was used.
create table quota_accounts (
    tenant_id uuid not null references tenants,
    metric text not null,
    period_start timestamptz not null,
    carried numeric not null default 0 check (carried >= 0),
    reserved numeric not null default 0 check (reserved >= 0),
    over_cap numeric not null default 0 check (over_cap >= 0),
    full_since timestamptz,
    primary key (tenant_id, metric, period_start)
) with (fillfactor = 50);
call protect_tenant_table('quota_accounts');

-- A use under an id of its caller's. A commit records a usage event of the same id.
create table quota_operations (
    tenant_id uuid not null,
    operation_id text not null,
    metric text not null,
    period_start timestamptz not null,
    period_end timestamptz not null,
    quantity numeric not null check (quantity >= 0),
    state text not null check (state in ('reserved', 'committed', 'released', 'expired')),
    expires_at timestamptz not null,
    used numeric,
    resource_id text,
    over_cap numeric not null default 0,
    created_at timestamptz not null,
    primary key (tenant_id, operation_id),
    foreign key (tenant_id, metric, period_start) references quota_accounts,
    constraint quota_operations_committed_with_use check ((state = 'committed') = (used is not null))
);
create index quota_operations_open
    on quota_operations (tenant_id, metric, period_start, expires_at) where state = 'reserved';
create index quota_operations_age on quota_operations using brin (created_at);
call protect_tenant_table('quota_operations');

-- Thresholds that were crossed, each once a period.
create table quota_alerts (
    tenant_id uuid not null,
    metric text not null,
    period_start timestamptz not null,
    percent integer not null,
    used numeric not null,
    included numeric not null,
    raised_at timestamptz not null,
    primary key (tenant_id, metric, period_start, percent)
);
create index quota_alerts_by_age on quota_alerts (tenant_id, raised_at, metric, percent);
call protect_tenant_table('quota_alerts');

-- Slices in the hands of devices. What is granted and neither settled nor freed stays reserved; it
-- counts against the account of period_start.
create table quota_leases (
    tenant_id uuid not null,
    lease_id uuid not null,
    device_id uuid not null,
    journal_id uuid not null,
    metric text not null,
    period_start timestamptz not null,
    granted numeric not null check (granted >= 0),
    settled numeric not null default 0 check (settled >= 0),
    state text not null check (state in ('active', 'ended', 'closed', 'released')),
    granted_at timestamptz not null,
    expires_at timestamptz not null,
    over_cap numeric not null default 0 check (over_cap >= 0),
    primary key (tenant_id, lease_id),
    foreign key (tenant_id, device_id) references devices (tenant_id, device_id),
    foreign key (tenant_id, metric, period_start) references quota_accounts
);
create unique index quota_leases_held on quota_leases (tenant_id, device_id, metric)
    where state = 'active';
create index quota_leases_open on quota_leases (tenant_id, metric, period_start)
    where state in ('active', 'ended');
create index quota_leases_by_age on quota_leases (tenant_id, granted_at, lease_id);
call protect_tenant_table('quota_leases');
