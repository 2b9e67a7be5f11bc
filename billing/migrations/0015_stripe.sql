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

-- How much of a period's use was turned into submissions. Its lock orders whoever does that, so the
-- submissions of a period sum to value, and value is the whole part of quantity in the meter's unit:
-- what is left of it goes with the next submission.
create table stripe_meter_sums (
    tenant_id uuid not null references tenants,
    metric text not null,
    period_start timestamptz not null,
    quantity numeric not null default 0 check (quantity >= 0),
    value bigint not null default 0 check (value >= 0),
    primary key (tenant_id, metric, period_start)
) with (fillfactor = 50);
call protect_tenant_table('stripe_meter_sums');

-- What is told to a meter; each owns its minute there, which lies in the period of the use.
-- first_sent_at begins the time in which Stripe knows the identifier.
create table stripe_submissions (
    tenant_id uuid not null,
    metric text not null,
    minute timestamptz not null check (minute = date_trunc('minute', minute, 'UTC')),
    period_start timestamptz not null,
    customer_id text not null,
    value bigint not null check (value > 0),
    identifier text not null,
    state text not null default 'pending'
        check (state in ('pending', 'sent', 'confirmed', 'failed')),
    attempts integer not null default 0,
    first_sent_at timestamptz,
    next_try_at timestamptz not null,
    last_error text not null default '',
    created_at timestamptz not null,
    settled_at timestamptz,
    primary key (tenant_id, metric, minute),
    unique (tenant_id, identifier),
    foreign key (tenant_id, metric, period_start) references stripe_meter_sums
);
create index stripe_submissions_pending on stripe_submissions (next_try_at)
    where state = 'pending';
create index stripe_submissions_by_age on stripe_submissions (created_at, identifier);
call protect_tenant_table('stripe_submissions');

-- Stripe's invoice of a period that Stripe issues, beside ours. differences say line by line what is
-- not the same; what does not change any more is matches or differs.
create table stripe_shadows (
    tenant_id uuid not null references tenants,
    period_number integer not null,
    invoice_id text not null,
    state text not null check (state in ('held', 'finalized', 'matches', 'differs')),
    our_amount bigint,
    their_amount bigint,
    differences jsonb not null default '[]',
    changed_at timestamptz not null,
    primary key (tenant_id, period_number)
);
create index stripe_shadows_by_age on stripe_shadows (changed_at, tenant_id, period_number);
call protect_tenant_table('stripe_shadows');
