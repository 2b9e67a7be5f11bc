-- Tenants and what they hold: keys, devices, licences.
-- PostgreSQL 15; the roles brinkbyte_owner (which runs this), brinkbyte_app, brinkbyte_worker and
-- brinkbyte_vendor exist, and none of them may bypass row-level security.

-- Puts a table that has a tenant_id under row-level security. The application sees one tenant, the
-- one that its transaction names in app.tenant_id, or nothing; workers and the vendor see all.
-- Call it for a partitioned table only, never for its partitions, which get no grants.
create procedure protect_tenant_table(target regclass)
language plpgsql as $$
begin
    execute format('alter table %s enable row level security', target);
    execute format('alter table %s force row level security', target);
    execute format(
        'grant select, insert, update, delete on %s '
        'to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor', target);
    execute format(
        'create policy own_tenant on %s to brinkbyte_app '
        'using (tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid)) '
        'with check '
        '(tenant_id = (select nullif(current_setting(''app.tenant_id'', true), '''')::uuid))',
        target);
    execute format(
        'create policy every_tenant on %s to brinkbyte_worker, brinkbyte_vendor '
        'using (true) with check (true)', target);
end
$$;
revoke all on procedure protect_tenant_table(regclass) from public;

-- A server checks at start that its database stands at the newest migration.
grant select on schema_migrations to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;

-- The cloud's history; restoring a backup makes a new incarnation.
create table cloud (
    singleton boolean primary key default true check (singleton),
    incarnation uuid not null default gen_random_uuid()
);
insert into cloud default values;
grant select on cloud to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;

-- rights_epoch counts the changes of the tenant's rights. Its row lock orders them.
create table tenants (
    tenant_id uuid primary key,
    email text not null constraint tenants_email_unique unique
        constraint tenants_email_lower_case check (email = lower(email)),
    company_name text not null,
    stripe_customer_id text unique,
    rights_epoch bigint not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index tenants_by_age on tenants (created_at, tenant_id);
call protect_tenant_table('tenants');

create table tenant_aliases (
    alias text constraint tenant_aliases_unique primary key,
    tenant_id uuid not null references tenants
);
create index tenant_aliases_of_tenant on tenant_aliases (tenant_id);
call protect_tenant_table('tenant_aliases');

create table api_keys (
    tenant_id uuid not null references tenants,
    key_id uuid not null,
    role text not null check (role in ('tenant_admin', 'tenant_read')),
    key_sha256 bytea not null unique check (length(key_sha256) = 32),
    display_name text not null default '',
    created_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz,
    primary key (tenant_id, key_id)
);
call protect_tenant_table('api_keys');

create table vendor_api_keys (
    key_id uuid primary key,
    role text not null check (role in ('vendor_admin')),
    key_sha256 bytea not null unique check (length(key_sha256) = 32),
    display_name text not null default '',
    created_at timestamptz not null,
    revoked_at timestamptz,
    last_used_at timestamptz
);
grant select, insert, update on vendor_api_keys to brinkbyte_vendor;

create table enrollment_tokens (
    tenant_id uuid not null references tenants,
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    primary key (tenant_id, token_sha256)
);
call protect_tenant_table('enrollment_tokens');

-- Retiring ends an identity for good: the same hardware comes back as another device.
create table devices (
    tenant_id uuid not null references tenants,
    device_id uuid not null,
    hardware_id text not null,
    display_name text not null default '',
    key_thumbprint text not null,
    enrolled_at timestamptz not null,
    retired_at timestamptz,
    primary key (tenant_id, device_id)
);
create unique index devices_hardware_unique on devices (tenant_id, hardware_id)
    where retired_at is null;
create index devices_by_age on devices (tenant_id, enrolled_at, device_id);
call protect_tenant_table('devices');

-- status is a serialised brinkbyte.heartbeat.v1.DeviceStatus. stream_id is the one stream that may
-- speak for the device; an older stream that finds another id here ends.
create table device_status (
    tenant_id uuid not null,
    device_id uuid not null,
    status bytea not null default '',
    last_seen_at timestamptz not null,
    stream_id uuid,
    primary key (tenant_id, device_id),
    foreign key (tenant_id, device_id) references devices
);
call protect_tenant_table('device_status');

-- sent_stream is the stream that carried the command last; a new stream carries it again until
-- there is a result or the deadline has passed.
create table device_commands (
    tenant_id uuid not null,
    device_id uuid not null,
    command_id text not null,
    kind text not null check (kind in ('ping', 'refresh_licenses', 'resync_usage')),
    resync_from_seq bigint not null default 0 check (resync_from_seq >= 0),
    ttl_seconds integer not null check (ttl_seconds > 0),
    created_at timestamptz not null,
    deadline timestamptz not null,
    sent_stream uuid,
    state text not null default 'pending'
        check (state in ('pending', 'sent', 'succeeded', 'failed')),
    detail text not null default '',
    finished_at timestamptz,
    primary key (tenant_id, device_id, command_id),
    foreign key (tenant_id, device_id) references devices
);
create index device_commands_open on device_commands (tenant_id, device_id, created_at)
    where state in ('pending', 'sent');
call protect_tenant_table('device_commands');

-- One licence a tenant. valid_until is null while a trial waits for its first activation.
create table licenses (
    tenant_id uuid primary key references tenants,
    license_mode text not null check (license_mode in ('trial', 'base')),
    status text not null default 'active' check (status in ('active', 'suspended')),
    cameras_allowed integer not null check (cameras_allowed >= 0),
    growth_packs text[] not null default '{}',
    valid_from timestamptz not null,
    valid_until timestamptz check (valid_until is not null or license_mode = 'trial')
);
call protect_tenant_table('licenses');

create table camera_licenses (
    tenant_id uuid not null references licenses,
    camera_id text not null,
    growth_packs text[] not null default '{}',
    device_id uuid,
    assigned_at timestamptz not null,
    last_validated_at timestamptz,
    primary key (tenant_id, camera_id),
    foreign key (tenant_id, device_id) references devices
);
create index camera_licenses_by_age on camera_licenses (tenant_id, assigned_at, camera_id);
call protect_tenant_table('camera_licenses');
