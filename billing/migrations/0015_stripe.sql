-- Stripe outward: what is sold there, and what is told of use.

-- Our objects at Stripe. fingerprint is of the content that Stripe was told and answered to; changes
-- counts how often that was another, so that each telling has an idempotency key of its own. retired
-- are ids that are to be archived still.
create table stripe_objects (
    kind text not null check (kind in ('product', 'meter', 'price')),
    name text not null,
    stripe_id text not null default '',
    fingerprint text not null default '',
    state text not null check (state in ('wanted', 'current', 'archived')),
    changes integer not null default 0,
    retired text[] not null default '{}',
    attempts integer not null default 0,
    last_error text not null default '',
    changed_at timestamptz not null,
    primary key (kind, name)
);
grant select on stripe_objects to brinkbyte_app;
grant select, insert, update on stripe_objects to brinkbyte_worker, brinkbyte_vendor;

-- One replica at a time does a piece of work at Stripe, until its lease ends.
create table stripe_leases (
    work text primary key,
    holder uuid not null,
    until timestamptz not null
);
grant select, insert, update, delete on stripe_leases to brinkbyte_worker;
