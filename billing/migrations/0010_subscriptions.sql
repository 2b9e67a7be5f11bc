-- What a tenant holds of each family of plans, and what the vendor gave or took beside it.

-- catalog_number is the version that was bought; null follows the live one. The vision plan is the
-- licence's mode, and the end of its trial is the licence's, so trial_ends_at stays null there.
create table subscriptions (
    tenant_id uuid not null references tenants,
    family text not null,
    plan text not null,
    catalog_number bigint references catalog_versions,
    status text not null
        check (status in ('trialing', 'active', 'past_due', 'canceled', 'unpaid')),
    anchor timestamptz not null,
    trial_ends_at timestamptz,
    changed_at timestamptz not null,
    primary key (tenant_id, family)
);
create index subscriptions_by_plan on subscriptions (family, plan);
call protect_tenant_table('subscriptions');

-- The owner sees the rows of every tenant only where row-level security does not hold it back.
alter table tenants no force row level security;
alter table licenses no force row level security;
alter table subscriptions no force row level security;
insert into subscriptions (tenant_id, family, plan, status, anchor, trial_ends_at, changed_at)
select tenant_id, 'vision', license_mode,
    case license_mode when 'trial' then 'trialing' else 'active' end, valid_from, null, now()
from licenses
union all
select tenant_id, 'platform', 'trial', 'trialing', created_at, now() + interval '14 days', now()
from tenants
union all
select tenant_id, 'metered', 'free', 'active', created_at, null, now() from tenants;
alter table tenants force row level security;
alter table licenses force row level security;
alter table subscriptions force row level security;

-- value holds what kind needs: allowed; included and ceiling; prices by currency. name is a feature,
-- a metric, or what is priced (metric/sms, item/vision/base_camera, plan/platform/starter).
create table entitlement_overrides (
    tenant_id uuid not null references tenants,
    override_id uuid not null,
    kind text not null check (kind in ('feature', 'quota', 'price')),
    name text not null,
    camera_id text check (camera_id is null or kind = 'feature'),
    value jsonb not null,
    reason text not null check (reason <> ''),
    created_at timestamptz not null,
    expires_at timestamptz,
    removed_at timestamptz,
    primary key (tenant_id, override_id)
);
create unique index entitlement_overrides_held
    on entitlement_overrides (tenant_id, kind, name, coalesce(camera_id, ''))
    where removed_at is null;
create index entitlement_overrides_by_age
    on entitlement_overrides (tenant_id, created_at, override_id);
call protect_tenant_table('entitlement_overrides');
