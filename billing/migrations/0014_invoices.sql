-- Invoices: billing periods, what each of them cost, and what was paid of it.

-- To whom invoices are addressed. Empty fields say nothing; a currency of '' is the catalogue's
-- first. invoiced_in is the currency of the invoices that are finalised.
create table billing_profiles (
    tenant_id uuid primary key references tenants,
    legal_name text not null default '',
    address text[] not null default '{}',
    country text not null default '',
    region text not null default '',
    tax_id text not null default '',
    invoice_email text not null default '',
    currency text not null default '',
    exempt boolean not null default false,
    invoiced_in text not null default '',
    updated_at timestamptz not null
);
call protect_tenant_table('billing_profiles');

-- One row a period, without gap from number 1 on: each begins where the one before it ends.
-- planned_end is where it would have ended had the anchor not moved. prices hold what it is rated
-- by: noted while it runs, kept for ever once it ended. issuer says who numbers its invoice.
create table billing_periods (
    tenant_id uuid not null references tenants,
    number integer not null check (number > 0),
    anchor timestamptz not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    planned_end timestamptz not null,
    state text not null default 'running' check (state in ('running', 'draft', 'closed')),
    issuer text not null default 'local' check (issuer in ('local', 'stripe')),
    prices jsonb,
    closed_at timestamptz,
    primary key (tenant_id, number),
    check (starts_at < ends_at and ends_at <= planned_end),
    check (state = 'running' or prices is not null)
);
create unique index billing_periods_running on billing_periods (tenant_id)
    where state = 'running';
create index billing_periods_open on billing_periods (state, ends_at) where state <> 'closed';
call protect_tenant_table('billing_periods');

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is closed and does not change', tg_table_name
        using errcode = 'integrity_constraint_violation';
end
$$;
create trigger billing_periods_closed before update or delete on billing_periods
    for each row when (old.state = 'closed') execute function refuse_change();

-- The last number taken, by issuer, kind of document and year. Its row lock is the last one that a
-- close takes, so a close that is rolled back takes no number.
create table document_numbers (
    issuer text not null,
    kind text not null check (kind in ('invoice', 'credit_note')),
    year integer not null,
    last bigint not null check (last > 0),
    primary key (issuer, kind, year)
);
grant select, insert, update on document_numbers to brinkbyte_app, brinkbyte_worker;

-- A finalised invoice. Amounts are in minor units of the currency. issued holds what the document
-- says of issuer, customer and taxes. Payments and credit notes change status and the columns
-- beside it; no role may change anything else.
create table invoices (
    tenant_id uuid not null,
    invoice_id uuid not null,
    period_number integer not null,
    number text not null constraint invoices_number_unique unique,
    currency text not null,
    subtotal bigint not null,
    tax bigint not null,
    total bigint not null,
    credit_applied bigint not null,
    issued jsonb not null,
    issued_at timestamptz not null,
    due_at timestamptz not null,
    status text not null check (status in ('open', 'paid', 'void', 'uncollectible')),
    amount_paid bigint not null default 0 check (amount_paid >= 0),
    amount_credited bigint not null default 0 check (amount_credited >= 0),
    paid_at timestamptz,
    primary key (tenant_id, invoice_id),
    unique (tenant_id, period_number),
    foreign key (tenant_id, period_number) references billing_periods (tenant_id, number),
    check (subtotal + tax = total),
    constraint invoices_not_overpaid
        check (credit_applied + amount_paid + amount_credited <= greatest(total, 0))
);
create index invoices_open on invoices (tenant_id, due_at) where status = 'open';
call protect_tenant_table('invoices');

-- service_period is the period in which the line's usage lies, an earlier one for an adjustment.
-- charges say what each part of the quantity costs; billed_* is what an adjustment takes off.
create table invoice_lines (
    tenant_id uuid not null,
    invoice_id uuid not null,
    position integer not null,
    line_id text not null,
    kind text not null check (kind in ('usage', 'plan', 'item', 'adjustment')),
    family text not null,
    name text not null,
    title text not null,
    unit text not null,
    quantity numeric not null,
    included numeric not null,
    billable numeric not null,
    unit_price numeric,
    period_days integer not null,
    amount bigint not null,
    events bigint not null,
    service_period integer not null,
    service_start timestamptz not null,
    service_end timestamptz not null,
    charges jsonb not null,
    billed_quantity numeric,
    billed_amount bigint,
    primary key (tenant_id, invoice_id, position),
    unique (tenant_id, invoice_id, line_id),
    foreign key (tenant_id, invoice_id) references invoices,
    foreign key (tenant_id, service_period) references billing_periods (tenant_id, number)
);
call protect_tenant_table('invoice_lines');

-- The hours of usage behind a line. The key says that each is on one line of one invoice.
create table invoice_line_windows (
    tenant_id uuid not null,
    metric text not null,
    hour timestamptz not null,
    revision integer not null,
    invoice_id uuid not null,
    position integer not null,
    quantity numeric not null,
    events bigint not null,
    primary key (tenant_id, metric, hour, revision),
    foreign key (tenant_id, invoice_id, position) references invoice_lines
);
create index invoice_line_windows_of_line
    on invoice_line_windows (tenant_id, invoice_id, position, hour, revision);
call protect_tenant_table('invoice_line_windows');

create table payments (
    tenant_id uuid not null,
    reference text not null,
    invoice_id uuid not null,
    amount bigint not null check (amount > 0),
    method text not null,
    paid_at timestamptz not null,
    recorded_at timestamptz not null,
    primary key (tenant_id, reference),
    foreign key (tenant_id, invoice_id) references invoices
);
create index payments_of_invoice on payments (tenant_id, invoice_id, recorded_at);
call protect_tenant_table('payments');

create table credit_notes (
    tenant_id uuid not null,
    reference text not null,
    credit_note_id uuid not null,
    number text not null constraint credit_notes_number_unique unique,
    invoice_id uuid not null,
    line_id text not null,
    net bigint not null check (net > 0),
    tax bigint not null,
    reason text not null,
    issued_at timestamptz not null,
    primary key (tenant_id, reference),
    foreign key (tenant_id, invoice_id) references invoices
);
create index credit_notes_of_invoice on credit_notes (tenant_id, invoice_id, issued_at);
call protect_tenant_table('credit_notes');

-- What goes into a tenant's credit balance (positive) and what pays an invoice out of it. Each
-- source has one entry of a kind.
create table credit_entries (
    tenant_id uuid not null references tenants,
    kind text not null
        check (kind in ('applied', 'negative_total', 'credit_note', 'overpayment', 'voided')),
    source text not null,
    currency text not null,
    amount bigint not null,
    created_at timestamptz not null,
    primary key (tenant_id, kind, source)
);
call protect_tenant_table('credit_entries');

-- What is finalised stays as it is.
revoke update, delete on invoices, invoice_lines, invoice_line_windows, payments, credit_notes,
    credit_entries from brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;
grant update (status, amount_paid, amount_credited, paid_at) on invoices
    to brinkbyte_app, brinkbyte_worker;
