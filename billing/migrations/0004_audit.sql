-- Audit: what was granted, changed and refused, and by whom, chained so that a change shows.

-- Rows are written unsealed, in the transaction of what they tell of; a sealer links them afterwards.
-- seq has no gaps, and hash covers the row and the hash before it (docs/audit.md). The vendor's own
-- chain has the nil UUID as its tenant, so no tenant is referenced here.
create table audit_log (
    tenant_id uuid not null,
    entry_id uuid not null,
    recorded_at timestamptz not null,
    actor_kind text not null,
    actor_id text not null,
    request_id text not null,
    action text not null,
    resource text not null,
    details jsonb not null default '{}',
    seq bigint check (seq > 0),
    sealed_at timestamptz,
    prev_hash bytea check (length(prev_hash) = 32),
    hash bytea check (length(hash) = 32),
    primary key (tenant_id, entry_id),
    constraint audit_log_seq_unique unique (tenant_id, seq),
    constraint audit_log_sealed_whole check (num_nulls(seq, sealed_at, prev_hash, hash) in (0, 4))
);
create index audit_log_by_age on audit_log (tenant_id, recorded_at, entry_id);
create index audit_log_by_action on audit_log (tenant_id, action, recorded_at, entry_id);
create index audit_log_unsealed on audit_log (tenant_id, recorded_at, entry_id) where seq is null;
call protect_tenant_table('audit_log');

-- Nobody changes or removes a row. Workers alone fill in a seal, once.
revoke insert, update, delete on audit_log from brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;
grant insert (tenant_id, entry_id, recorded_at, actor_kind, actor_id, request_id, action, resource,
    details) on audit_log to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;
grant update (seq, sealed_at, prev_hash, hash) on audit_log to brinkbyte_worker;
create policy sealed_once on audit_log as restrictive for update to brinkbyte_worker
    using (seq is null) with check (seq is not null);

-- The end of each chain. Its row lock is the lease: one sealer at a time links a tenant's rows.
create table audit_heads (
    tenant_id uuid primary key,
    seq bigint not null check (seq >= 0),
    hash bytea not null check (length(hash) = 32)
);
call protect_tenant_table('audit_heads');
revoke insert, update, delete on audit_heads from brinkbyte_app, brinkbyte_vendor;
revoke delete on audit_heads from brinkbyte_worker;

-- What repeats (refusals, above all) in the running minutes, UTC, counted; a sealer moves each to the
-- log when its minute is over. The caller is the first one. reason is empty unless it is a refusal.
create table audit_tallies (
    tenant_id uuid not null,
    action text not null,
    resource text not null,
    reason text not null,
    minute timestamptz not null,
    count bigint not null check (count > 0),
    actor_kind text not null,
    actor_id text not null,
    request_id text not null,
    primary key (tenant_id, action, resource, reason, minute)
);
create index audit_tallies_by_age on audit_tallies (minute, tenant_id);
call protect_tenant_table('audit_tallies');
revoke insert, update, delete on audit_tallies from brinkbyte_app, brinkbyte_vendor;
