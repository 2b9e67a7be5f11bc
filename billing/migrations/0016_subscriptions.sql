-- Subscriptions that are bought, changed and cancelled; what Stripe tells; payments that are late.

-- cancel_at and pending_at are when a cancellation and another plan fall due. ended_at is when it
-- ended. paid_through is set where the vision licence ends with what was paid and goes on with it;
-- null leaves the licence its own end.
alter table subscriptions
    add column billing_interval text not null default 'month'
        check (billing_interval in ('month', 'year')),
    add column cancel_at timestamptz,
    add column ended_at timestamptz,
    add column pending_plan text,
    add column pending_interval text check (pending_interval in ('month', 'year')),
    add column pending_at timestamptz,
    add column paid_through timestamptz,
    add constraint subscriptions_pending_whole check (
        (pending_plan is null) = (pending_at is null)
        and (pending_plan is null) = (pending_interval is null));
create index subscriptions_due on subscriptions
    (least(trial_ends_at, cancel_at, pending_at, paid_through))
    where least(trial_ends_at, cancel_at, pending_at, paid_through) is not null;

-- The one subscription at Stripe of a tenant. families are those whose plan follows it; synced_at is
-- when Stripe was asked last.
create table stripe_subscriptions (
    tenant_id uuid primary key references tenants,
    subscription_id text not null default '',
    families text[] not null default '{}',
    synced_at timestamptz
);
call protect_tenant_table('stripe_subscriptions');

-- Every event that Stripe sent and signed, once by its id. Not of a tenant: which one it concerns
-- is known when it is worked on. delay of an event is processed_at - created_at.
create table webhook_events (
    event_id text primary key check (length(event_id) between 1 and 255),
    event_type text not null,
    customer text not null default '',
    created_at timestamptz not null,
    received_at timestamptz not null,
    payload text not null,
    state text not null check (state in ('waiting', 'done', 'ignored', 'dead')),
    attempts integer not null default 0,
    next_try_at timestamptz not null,
    processed_at timestamptz,
    last_error text not null default ''
);
create index webhook_events_waiting on webhook_events (next_try_at, event_id)
    where state = 'waiting';
create index webhook_events_by_age on webhook_events (received_at, event_id);
grant select, insert, update on webhook_events to brinkbyte_worker, brinkbyte_vendor;

-- A payment that is late: since when, whose invoice it is, and how far the ladder was climbed.
-- suspended says that the licence was suspended for it, so that a payment resumes no suspension
-- of the vendor's.
create table dunning_cases (
    tenant_id uuid primary key references tenants,
    source text not null check (source in ('local', 'stripe')),
    invoice text not null,
    due_since timestamptz not null,
    stage text not null check (stage in ('past_due', 'grace', 'suspended', 'canceled')),
    suspended boolean not null default false,
    attempts integer not null default 0,
    next_attempt_at timestamptz,
    changed_at timestamptz not null
);
call protect_tenant_table('dunning_cases');
