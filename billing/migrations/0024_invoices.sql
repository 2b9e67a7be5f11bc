-- Late use of a tenant that left, years that are paid, how a metric's events become a quantity.

-- Late use of earlier periods goes on to the next invoice: Stripe may never issue this period's.
alter table billing_periods add column passes_on boolean not null default false;

-- Of a plan that is paid by the year: from when on its years are counted; null for the month.
alter table holdings add column year timestamptz;
alter table holdings no force row level security;
alter table subscriptions no force row level security;
-- Years that run: rows since the year's first day, and one on that day where there is none.
insert into holdings
    (tenant_id, kind, family, name, day, peak, closing, held_until, changed_at)
select h.tenant_id, h.kind, h.family, h.name, (s.anchor at time zone 'UTC')::date,
    1, h.closing, h.held_until, s.anchor
from subscriptions s
cross join lateral (
    select * from holdings
    where tenant_id = s.tenant_id and kind = 'plan' and family = s.family and name = s.plan
        and day <= (s.anchor at time zone 'UTC')::date
    order by day desc limit 1) h
where s.billing_interval = 'year' and h.closing > 0
on conflict do nothing;
update holdings h set year = s.anchor from subscriptions s
where s.billing_interval = 'year' and s.tenant_id = h.tenant_id and h.kind = 'plan'
    and h.family = s.family and h.name = s.plan
    and h.day >= (s.anchor at time zone 'UTC')::date;
alter table holdings force row level security;
alter table subscriptions force row level security;

-- What is given back of a year that was paid and ended early is a line of its own.
alter table invoice_lines drop constraint invoice_lines_kind_check;
alter table invoice_lines add constraint invoice_lines_kind_check
    check (kind in ('usage', 'plan', 'item', 'adjustment', 'credit'));
