-- The vendor's own keys expire and rotate as those of tenants do.
alter table vendor_api_keys
    add column key_prefix text not null default '' check (length(key_prefix) <= 12),
    add column expires_at timestamptz,
    add column replaced_by uuid references vendor_api_keys;
create index vendor_api_keys_by_age on vendor_api_keys (created_at, key_id);
