-- Usage: journals of devices, events with ids of their sender, sums per hour.

-- One row per journal of a device. Its lock orders the journal's batches: whoever moves last_seq and
-- last_hash forward has written the events up to there in the same transaction. stream_id is the one
-- stream that may send; an older one that finds another id here ends.
create table usage_journals (
    tenant_id uuid not null,
    journal_id uuid not null,
    device_id uuid not null,
    stream_id uuid not null,
    last_seq bigint not null default 0 check (last_seq >= 0),
    last_hash bytea not null check (length(last_hash) = 32),
    state text not null default 'open' check (state in ('open', 'forked')),
    opened_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (tenant_id, journal_id),
    foreign key (tenant_id, device_id) references devices
) with (fillfactor = 50);
call protect_tenant_table('usage_journals');

-- A journal id belongs to one tenant for ever. Held apart, so that every key of usage_journals can
-- begin with the tenant.
create table usage_journal_owners (
    journal_id uuid primary key,
    tenant_id uuid not null references tenants
);
call protect_tenant_table('usage_journal_owners');

-- The chain hash at the end of each batch taken, against which old events sent again are checked.
-- Kept for as long as a node keeps events that were acked.
create table usage_journal_marks (
    tenant_id uuid not null,
    journal_id uuid not null,
    seq bigint not null,
    hash bytea not null,
    recorded_at timestamptz not null,
    primary key (tenant_id, journal_id, seq),
    foreign key (tenant_id, journal_id) references usage_journals
);
create index usage_journal_marks_age on usage_journal_marks using brin (recorded_at);
call protect_tenant_table('usage_journal_marks');

-- What a forked journal sent: kept as it came, for a person to decide.
create table usage_journal_holds (
    tenant_id uuid not null,
    journal_id uuid not null,
    first_seq bigint not null,
    head_hash bytea not null,
    previous_hash bytea not null,
    payloads bytea[] not null,
    held_at timestamptz not null,
    primary key (tenant_id, journal_id, first_seq, head_hash),
    foreign key (tenant_id, journal_id) references usage_journals
);
call protect_tenant_table('usage_journal_holds');

-- Events of a journal that cannot be counted, with the bytes as they came.
create table usage_exceptions (
    tenant_id uuid not null,
    journal_id uuid not null,
    seq bigint not null,
    reason text not null,
    payload bytea not null,
    received_at timestamptz not null,
    primary key (tenant_id, journal_id, seq),
    foreign key (tenant_id, journal_id) references usage_journals
);
call protect_tenant_table('usage_exceptions');

-- Every counted use. A journal's event has journal_id and seq and is unique by the journal's row;
-- any other has event_id and is unique by usage_ids. billing_time is event_time, or received_at where
-- billing_corrected says that event_time cannot be believed. reporter is what the sender called
-- itself. No unique key: it would need received_day and so guard nothing.
create table usage_events (
    tenant_id uuid not null,
    received_day date not null,
    event_type text not null,
    resource_id text not null,
    quantity numeric not null,
    event_time timestamptz not null,
    billing_time timestamptz not null,
    received_at timestamptz not null,
    billing_corrected boolean not null,
    journal_id uuid,
    seq bigint,
    event_id text,
    reporter text,
    request_id text,
    dimensions jsonb
) partition by range (received_day);
create table usage_events_default partition of usage_events default;
create index usage_events_billed on usage_events
    using brin (tenant_id, event_type, billing_time) with (autosummarize = on);
call protect_tenant_table('usage_events');

-- Makes the partitions of `months` months from the one that holds `first_day`, those missing, and
-- returns how many. Rows that went to the default partition meanwhile move to their own. Workers may
-- call it though they own nothing: it can do no more than this.
create function make_usage_partitions(first_day date, months integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    month_start date := date_trunc('month', first_day)::date;
    partition text;
    made integer := 0;
begin
    if months not between 1 and 120 then
        raise exception 'months must be between 1 and 120';
    end if;
    perform pg_advisory_xact_lock(hashtext('make_usage_partitions'));
    for step in 1..months loop
        partition := 'usage_events_' || to_char(month_start, 'YYYYMM');
        if to_regclass(partition) is null then
            execute format('create table %I (like usage_events including defaults)', partition);
            execute format(
                'with late as (delete from usage_events_default '
                'where received_day >= %L and received_day < %L returning *) '
                'insert into %I select * from late',
                month_start, month_start + interval '1 month', partition);
            execute format(
                'alter table usage_events attach partition %I for values from (%L) to (%L)',
                partition, month_start, (month_start + interval '1 month')::date);
            made := made + 1;
        end if;
        month_start := (month_start + interval '1 month')::date;
    end loop;
    return made;
end
$$;
revoke all on function make_usage_partitions(date, integer) from public;
grant execute on function make_usage_partitions(date, integer) to brinkbyte_worker;

-- The ids of events that carry their own, for ever: the same id counts once.
create table usage_ids (
    tenant_id uuid not null references tenants,
    event_id text not null,
    payload_hash bytea not null check (length(payload_hash) = 32),
    received_day date not null,
    primary key (tenant_id, event_id)
);
call protect_tenant_table('usage_ids');

-- Sums that the statement which records events adds; workers fold them into usage_aggregates.
create table usage_deltas (
    tenant_id uuid not null,
    delta_id bigint not null generated always as identity,
    event_type text not null,
    window_start timestamptz not null,
    quantity numeric not null,
    events bigint not null,
    primary key (tenant_id, delta_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
call protect_tenant_table('usage_deltas');

-- Sums per hour, UTC, by billing_time. The truth is these and the deltas not yet folded together.
create table usage_aggregates (
    tenant_id uuid not null,
    event_type text not null,
    window_start timestamptz not null,
    quantity numeric not null,
    events bigint not null,
    primary key (tenant_id, event_type, window_start)
) with (fillfactor = 70);
call protect_tenant_table('usage_aggregates');
