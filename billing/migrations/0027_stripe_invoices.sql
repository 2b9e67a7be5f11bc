-- What becomes of Stripe's invoice, beside how it compares with ours: its number, how it stands in
-- Stripe's words ('' until Stripe was asked), when it was paid, and its page there.
alter table stripe_shadows
    add column number text not null default '',
    add column status text not null default ''
        check (status in ('', 'draft', 'open', 'uncollectible', 'void', 'paid')),
    add column paid_at timestamptz,
    add column hosted_url text not null default '';
