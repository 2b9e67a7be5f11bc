-- The life cycle of a licence, by what a camera is known, and the log of changes that is streamed.

-- revoked is final for the licence. status_reason is the vendor's words for a suspension or a
-- revocation, which began at status_since. cameras_used counts camera_licenses, so that a
-- validation costs the same whatever their number; whoever adds or removes one holds the row lock.
alter table licenses
    drop constraint licenses_status_check,
    add constraint licenses_status_check check (status in ('active', 'suspended', 'revoked')),
    add column status_reason text not null default '',
    add column status_since timestamptz,
    add column cameras_used integer not null default 0 check (cameras_used >= 0);
-- The owner sees the rows of every tenant only where row-level security does not hold it back.
alter table licenses no force row level security;
alter table camera_licenses no force row level security;
update licenses l set cameras_used =
    (select count(*) from camera_licenses c where c.tenant_id = l.tenant_id);
alter table licenses force row level security;
alter table camera_licenses force row level security;

-- What tells a camera from every other one; opaque.
alter table camera_licenses
    add column fingerprint text check (fingerprint <> '');
create unique index camera_licenses_fingerprint on camera_licenses (tenant_id, fingerprint)
    where fingerprint is not null;

-- One row a change of the tenant's rights, written under the row lock that gives it its epoch:
-- epochs commit in their order, and a reader that goes by them misses none. Old ones are deleted.
create table license_changes (
    tenant_id uuid not null references tenants,
    epoch bigint not null,
    kind text not null,
    camera_ids text[] not null default '{}',
    changed_at timestamptz not null,
    primary key (tenant_id, epoch)
);
call protect_tenant_table('license_changes');
