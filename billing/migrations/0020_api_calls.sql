-- Answered calls of tenants, counted before their answers leave. A row becomes one usage event
-- with the id "api:<count_id>", and is deleted in the same transaction. Times are UTC.
create table api_call_counts (
    tenant_id uuid not null references tenants,
    minute timestamptz not null,
    route text not null,
    replica uuid not null,
    count_id uuid not null default gen_random_uuid(),
    calls bigint not null check (calls > 0),
    counted_at timestamptz not null,
    primary key (tenant_id, minute, route, replica)
);
create index api_call_counts_left on api_call_counts (counted_at);
call protect_tenant_table('api_call_counts');

-- The newest group of counts that each server committed, so that one whose answer was lost is
-- found. Servers that are gone leave theirs behind until it is old.
create table api_call_writers (
    replica uuid primary key,
    last_commit uuid not null,
    committed_at timestamptz not null
);
grant select, insert, update, delete on api_call_writers to brinkbyte_worker;
