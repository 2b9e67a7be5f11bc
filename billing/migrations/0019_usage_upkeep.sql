-- What was reported and does not count, what installations tell of themselves, and the end of old
-- partitions.

-- Events with ids of their own that were rejected, or whose id came before with other content. What is
-- rejected the same way again is counted; texts are cut. Kept for 90 days after the last time.
create table usage_rejections (
    tenant_id uuid not null references tenants,
    fingerprint bytea not null check (length(fingerprint) = 32),
    kind text not null check (kind in ('rejected', 'conflict')),
    event_id text not null,
    event_type text not null,
    reason text not null,
    reporter text not null,
    payload text not null,
    times bigint not null check (times > 0),
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    primary key (tenant_id, fingerprint)
);
create index usage_rejections_by_age on usage_rejections (tenant_id, last_seen_at);
call protect_tenant_table('usage_rejections');
create index usage_exceptions_by_age on usage_exceptions (tenant_id, received_at);

-- What a person decided about the batch of a forked journal; null while it waits.
alter table usage_journal_holds
    add column resolution text check (resolution in ('accept', 'discard')),
    add column reason text not null default '',
    add column resolved_at timestamptz,
    add constraint usage_journal_holds_resolved check (num_nulls(resolution, resolved_at) in (0, 2));
create index usage_journal_holds_by_age on usage_journal_holds (tenant_id, held_at);

-- What a customer's own installations tell of themselves; nothing is billed by it.
create table usage_reports (
    tenant_id uuid not null references tenants,
    instance_id text not null,
    reported_at timestamptz not null,
    active_devices bigint not null check (active_devices >= 0),
    total_devices bigint not null check (total_devices >= 0),
    primary key (tenant_id, instance_id, reported_at)
);
create index usage_reports_by_age on usage_reports (tenant_id, reported_at, instance_id);
create index usage_reports_age on usage_reports using brin (reported_at);
call protect_tenant_table('usage_reports');

-- Drops the monthly partitions of usage events that end at or before `before`, and returns what they
-- were called and held. One stays as long as one of its events is not in a closed period (a late one: in
-- the close after it) or not in its hour's sum, so that nothing unbilled goes. Ids are kept for ever.
-- Whoever writes meanwhile goes first: after three seconds it gives up, to be called again.
create function retire_usage_partitions(before date)
returns table (partition text, events bigint)
language plpgsql security definer
set search_path = public, pg_temp
set lock_timeout = '3s' as $$
declare
    kept boolean;
begin
    perform pg_advisory_xact_lock(hashtext('make_usage_partitions'));
    for partition in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'usage_events'::regclass and c.relname ~ '^usage_events_[0-9]{6}$'
            and to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= before
        order by c.relname
    loop
        execute format(
            'with hour as (
                select tenant_id, event_type, date_trunc(''hour'', billing_time, ''UTC'') as starts,
                    revision, count(*) as events
                from %I group by 1, 2, 3, 4
            )
            select coalesce(sum(hour.events), 0), coalesce(bool_or(
                account.tenant_id is null or total.events is null or total.events < hour.events
                or case when hour.revision = 0 then hour.starts >= account.closed_before
                    else hour.revision >= account.closes end), false)
            from hour
            left join billing_accounts account using (tenant_id)
            left join usage_aggregates total on total.tenant_id = hour.tenant_id
                and total.event_type = hour.event_type and total.window_start = hour.starts
                and total.revision = hour.revision', partition)
            into events, kept;
        continue when kept;
        execute format('alter table usage_events detach partition %I', partition);
        execute format('drop table %I', partition);
        return next;
    end loop;
end
$$;
revoke all on function retire_usage_partitions(date) from public;
grant execute on function retire_usage_partitions(date) to brinkbyte_worker;
-- The function runs as the owner, whom row-level security holds back too.
create policy retirement on billing_accounts for select to brinkbyte_owner using (true);
create policy retirement on usage_aggregates for select to brinkbyte_owner using (true);
