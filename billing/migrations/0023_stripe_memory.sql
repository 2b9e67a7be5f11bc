-- What the database is, that one which was put back from a backup is known for it: Stripe remembers
-- submissions that it does not.

-- PostgreSQL's cluster, timeline, database and start, and the incarnation that an operator gave.
create function stripe_standing() returns text language sql volatile as $$
    select concat_ws('/',
        (select system_identifier from pg_control_system()),
        left(pg_walfile_name(pg_current_wal_lsn()), 8),
        (select oid from pg_database where datname = current_database()),
        extract(epoch from pg_postmaster_start_time()),
        (select incarnation from cloud))
$$;

-- One row. written_by is the transaction that wrote it: a row that was loaded from a dump was written
-- by another. generation counts how often the database was found to be another one, the last time at
-- since.
create table stripe_memory (
    singleton boolean primary key default true check (singleton),
    standing text not null,
    written_by xid8 not null,
    generation integer not null,
    since timestamptz not null
);
grant select on stripe_memory to brinkbyte_app, brinkbyte_vendor;
grant select, insert, update on stripe_memory to brinkbyte_worker;

-- Whether the row was written by this very database since it was started.
create function stripe_remembers() returns boolean language sql volatile as $$
    select exists (select from stripe_memory
        where standing = stripe_standing()
            and xmin::text::numeric = written_by::text::numeric % 4294967296)
$$;

-- A database without tenants has nothing to remember.
insert into stripe_memory (standing, written_by, generation, since)
select stripe_standing(), pg_current_xact_id(), 0, '2000-01-01 00:00:00+00'
where not exists (select from tenants);

-- The generation in which what Stripe has of the period was compared last.
alter table stripe_meter_sums add column compared integer not null default 0;

-- found: Stripe has it, and the database does not know since when.
alter table stripe_submissions drop constraint stripe_submissions_state_check;
alter table stripe_submissions add constraint stripe_submissions_state_check
    check (state in ('pending', 'sent', 'confirmed', 'failed', 'found'));
