-- What a tenant's one subscription at Stripe is to hold of charged items, as "name=quantity ...":
-- wanted is what is being asked for, sent what Stripe took last. round counts what was wanted, so
-- that the same wish later is not taken for one that was done. cameras_only says that cameras are
-- charged there while the vision plan does not follow Stripe.
create table stripe_items (
    tenant_id uuid primary key references tenants,
    subscription_id text not null,
    wanted text not null,
    sent text not null default '',
    round bigint not null default 1,
    cameras_only boolean not null,
    attempts integer not null default 0,
    next_try_at timestamptz not null,
    last_error text not null default ''
);
call protect_tenant_table('stripe_items');

-- The end of a trial of which the tenant was told.
alter table subscriptions add column trial_told timestamptz;
