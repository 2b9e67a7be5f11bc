-- When an event entered the journal: how far behind the cloud is counts from then. Times are UTC.
alter table usage_events add column journalled_at timestamptz;

-- Ids that applications give to what they track, kept for as long as the event that each of them
-- became; said_hash is the SHA-256 of what the event says.
create table usage_ids (
    event_id text primary key check (octet_length(event_id) between 1 and 128),
    said_hash bytea not null,
    seq bigint not null
);
create index usage_ids_seq on usage_ids (seq);

-- What the journal's events take on the disk, as the budget of usage counts it: bytes.
alter table billing_sync_status add column held_bytes bigint not null default 0;
update billing_sync_status set held_bytes = (
    select coalesce(sum(500 + octet_length(payload)), 0) from usage_events where seq is not null
);
