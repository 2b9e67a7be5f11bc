-- Keys that sign licences, and what of the licences they signed holds no longer.

-- The life of each key, so that all replicas agree. Private parts are files of the servers and never
-- come here.
create table license_keys (
    kid text primary key check (length(kid) between 1 and 64),
    public_key_pem text not null check (public_key_pem not like '%PRIVATE%'),
    state text not null check (state in ('next', 'signing', 'verifying', 'retired')),
    published_at timestamptz not null,
    signing_from timestamptz,
    signing_until timestamptz,
    retired_at timestamptz,
    retired_in_epoch bigint check (retired_in_epoch > 0),
    check ((state = 'retired') = (retired_at is not null)),
    check ((state = 'retired') = (retired_in_epoch is not null)),
    check (state <> 'signing' or (signing_from is not null and signing_until is null))
);
create unique index license_keys_one_signs on license_keys (state) where state = 'signing';
grant select on license_keys to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;
grant insert, update on license_keys to brinkbyte_vendor;

-- trust_epoch counts retirements. Its row lock orders every change of license_keys.
alter table cloud add column trust_epoch bigint not null default 1 check (trust_epoch > 0);
grant update (trust_epoch) on cloud to brinkbyte_vendor;

-- Every token of the tenant that was issued before void_before is void; it only moves forward.
create table license_revocations (
    tenant_id uuid primary key references tenants,
    void_before timestamptz not null
);
call protect_tenant_table('license_revocations');

create index devices_retired on devices (tenant_id, retired_at) where retired_at is not null;
