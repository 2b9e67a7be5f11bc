-- An invoice that Stripe issues is kept for its sums and what stands behind them: Stripe numbers and
-- collects it, so it has no number of ours and nobody pays it here.
alter table invoices drop constraint invoices_status_check;
alter table invoices
    add constraint invoices_status_check
        check (status in ('open', 'paid', 'void', 'uncollectible', 'issued_by_stripe')),
    alter column number drop not null,
    add constraint invoices_numbered check ((number is null) = (status = 'issued_by_stripe'));
create index billing_periods_closed on billing_periods (issuer, ends_at) where state = 'closed';
