-- Late use of a tenant that left, years that are paid, how a metric's events become a quantity.

-- Late use of earlier periods goes on to the next invoice: Stripe may never issue this period's.
alter table billing_periods add column passes_on boolean not null default false;
