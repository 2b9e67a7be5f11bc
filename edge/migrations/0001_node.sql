-- Identity, licences and usage of one edge node. Times are UTC.

create table config (
    key text primary key,
    value jsonb not null
);

create table edge_devices (
    device_id uuid primary key,
    tenant_id uuid not null,
    hardware_id text not null,
    key_thumbprint text not null,
    certificate_not_after timestamptz not null,
    enrolled_at timestamptz not null
);

-- The last answer about each camera. device_token is the signed licence that the answer
-- came with; without it nothing here lets a camera run.
create table camera_licenses (
    camera_id text not null,
    tenant_id uuid not null,
    license_mode text not null default 'trial'
        check (license_mode in ('trial', 'base', 'unlicensed')),
    is_trial boolean generated always as (license_mode = 'trial') stored,
    trial_end_date timestamptz,
    enabled_growth_packs text[] not null default '{}',
    status text not null default 'active' check (status in ('active', 'suspended', 'expired')),
    is_valid boolean not null,
    reason text,
    message text not null default '',
    device_token text,
    last_validated timestamptz not null,
    cached_until timestamptz not null,
    unique (camera_id, tenant_id)
);

create table growth_pack_features (
    growth_pack_name text not null,
    feature_name text not null,
    primary key (feature_name),
    unique (growth_pack_name, feature_name)
);

create table feature_entitlements (
    tenant_id uuid not null,
    camera_id text not null,
    feature text not null references growth_pack_features (feature_name) on delete cascade,
    cached_until timestamptz not null,
    primary key (tenant_id, camera_id, feature),
    foreign key (camera_id, tenant_id)
        references camera_licenses (camera_id, tenant_id) on delete cascade
);

create table license_validation_log (
    validation_id bigint generated always as identity primary key,
    validated_at timestamptz not null,
    camera_id text not null,
    source text not null check (source in ('postgres', 'cloud')),
    is_valid boolean not null,
    license_mode text not null,
    reason text,
    message text not null,
    epoch_incarnation text not null,
    epoch_number bigint not null
);
create index license_validation_log_validated_at on license_validation_log (validated_at);

-- An open minute has no seq and grows; closing it makes it an event of the journal.
-- quantity_e5 counts in units of 0.00001. payload is the serialised
-- brinkbyte.usage.v1.JournalEvent, hash the journal's chain after it.
create table usage_events (
    event_time timestamptz not null,
    event_type text not null,
    resource_id text not null,
    model text not null default '',
    pack text not null default '',
    quantity_e5 bigint not null check (quantity_e5 >= 0),
    seq bigint,
    payload bytea,
    hash bytea,
    synced_to_billing boolean not null default false,
    check ((seq is null) = (payload is null) and (seq is null) = (hash is null))
) partition by range (event_time);

create table usage_events_default partition of usage_events default with (fillfactor = 70);

create unique index usage_events_open on usage_events
    (event_time, event_type, resource_id, model, pack) where seq is null;
create index usage_events_seq on usage_events (seq) where seq is not null;

-- The journal's head and how far the cloud has it: one row.
create table billing_sync_status (
    singleton boolean primary key default true check (singleton),
    journal_id uuid not null,
    last_seq bigint not null default 0,
    last_hash bytea not null default decode(repeat('00', 32), 'hex'),
    acked_seq bigint not null default 0 check (acked_seq <= last_seq),
    acked_hash bytea not null default decode(repeat('00', 32), 'hex'),
    duplicates bigint not null default 0,
    journalled jsonb not null default '{}',
    last_acked_at timestamptz,
    last_error text,
    last_commit uuid
) with (fillfactor = 50);
