-- What tenants are told, where, and amounts at which they want to be told what they spend.

-- Where people of a tenant are reached. kinds names what goes there; empty is everything. A webhook
-- has the secret that its receiver checks signatures with; it goes with the point.
create table contact_points (
    tenant_id uuid not null references tenants,
    point_id uuid not null,
    channel text not null check (channel in ('email', 'sms', 'webhook')),
    address text not null check (address <> ''),
    display_name text not null default '',
    kinds text[] not null default '{}',
    secret text,
    created_at timestamptz not null,
    tested_at timestamptz,
    removed_at timestamptz,
    primary key (tenant_id, point_id),
    constraint contact_points_secret
        check ((secret is not null) = (channel = 'webhook' and removed_at is null))
);
create unique index contact_points_held on contact_points (tenant_id, channel, address)
    where removed_at is null;
create index contact_points_by_age on contact_points (tenant_id, created_at, point_id);
call protect_tenant_table('contact_points');

-- The outbox: written in the transaction of what it tells of. subject_key makes it unique within
-- its kind, so that a thing is told once however often it is noticed.
create table notifications (
    tenant_id uuid not null references tenants,
    notification_id uuid not null,
    kind text not null,
    subject_key text not null,
    facts jsonb not null,
    created_at timestamptz not null,
    primary key (tenant_id, notification_id),
    constraint notifications_told_once unique (tenant_id, kind, subject_key)
);
create index notifications_by_age on notifications (tenant_id, created_at, notification_id);
call protect_tenant_table('notifications');

-- One row per notification and contact point; point_id is all zeros for the account's own e-mail
-- address. Whoever takes one moves next_at to the end of its lease and counts an attempt, by which
-- a later taker is told from an earlier one. tries_until is when it is given up.
create table notification_deliveries (
    tenant_id uuid not null,
    notification_id uuid not null,
    point_id uuid not null,
    channel text not null check (channel in ('email', 'sms', 'webhook')),
    address text not null,
    state text not null default 'pending' check (state in ('pending', 'sent', 'dead')),
    attempts integer not null default 0,
    next_at timestamptz not null,
    tries_until timestamptz not null,
    detail text not null default '',
    finished_at timestamptz,
    primary key (tenant_id, notification_id, point_id),
    foreign key (tenant_id, notification_id) references notifications
) with (fillfactor = 70);
create index notification_deliveries_due on notification_deliveries (next_at)
    where state = 'pending';
call protect_tenant_table('notification_deliveries');

-- Amounts of a billing period of which a tenant is told when its costs reach these percents of them.
create table cost_alerts (
    tenant_id uuid not null references tenants,
    alert_id uuid not null,
    basis text not null check (basis in ('spent', 'projected')),
    currency text not null,
    minor_units bigint not null check (minor_units > 0),
    percents integer[] not null check (cardinality(percents) > 0),
    display_name text not null default '',
    created_at timestamptz not null,
    removed_at timestamptz,
    primary key (tenant_id, alert_id)
);
create unique index cost_alerts_held on cost_alerts (tenant_id, basis, display_name)
    where removed_at is null;
create index cost_alerts_by_age on cost_alerts (tenant_id, created_at, alert_id)
    where removed_at is null;
call protect_tenant_table('cost_alerts');

-- One row for each tenant that has cost alerts, whose lock lets one replica look at a time. looked_at
-- is when its costs were last compared, fresh whether use came since.
create table cost_watches (
    tenant_id uuid primary key references tenants,
    looked_at timestamptz not null,
    fresh boolean not null default true
) with (fillfactor = 50);
call protect_tenant_table('cost_watches');
