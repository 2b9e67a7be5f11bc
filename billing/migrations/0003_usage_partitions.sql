-- Makes the partitions of `months` months from the one that holds `first_day`, those missing, and
-- returns how many. Rows that went to the default partition meanwhile move to their own: most while
-- writers go on, the last ones while they wait, for a row that came in between would stop the
-- partition from being attached.
create or replace function make_usage_partitions(first_day date, months integer) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    month_start date := date_trunc('month', first_day)::date;
    next_start date;
    partition text;
    move text;
    made integer := 0;
begin
    if months not between 1 and 120 then
        raise exception 'months must be between 1 and 120';
    end if;
    perform pg_advisory_xact_lock(hashtext('make_usage_partitions'));
    for step in 1..months loop
        next_start := (month_start + interval '1 month')::date;
        partition := 'usage_events_' || to_char(month_start, 'YYYYMM');
        if to_regclass(partition) is null then
            move := format(
                'with late as (delete from usage_events_default '
                'where received_day >= %L and received_day < %L returning *) '
                'insert into %I select * from late',
                month_start, next_start, partition);
            execute format('create table %I (like usage_events including defaults)', partition);
            execute move;
            lock table usage_events in share row exclusive mode;
            execute move;
            execute format(
                'alter table usage_events attach partition %I for values from (%L) to (%L)',
                partition, month_start, next_start);
            made := made + 1;
        end if;
        month_start := next_start;
    end loop;
    return made;
end
$$;
