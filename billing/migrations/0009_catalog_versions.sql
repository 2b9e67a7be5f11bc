-- Every catalogue that was ever applied; the highest number is the live one. The vendor's own, of no
-- tenant. A row is never changed: subscriptions pin the number that they bought. version is the
-- SHA-256 of the document in hex; to go back to an older document is to apply it again.
create table catalog_versions (
    number bigint primary key check (number > 0),
    version text not null check (version ~ '^[0-9a-f]{64}$'),
    document text not null,
    applied_at timestamptz not null,
    applied_by text not null
);
grant select on catalog_versions to brinkbyte_app, brinkbyte_worker, brinkbyte_vendor;
grant insert on catalog_versions to brinkbyte_vendor;
