-- What the node watches, and what it saw.

create table cameras (
    camera_id text primary key check (length(camera_id) between 1 and 255),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

-- One camera has exactly one source (position 0), then processors, then sinks.
-- `feature` names what permits the component; it is written for readers, while the node
-- itself decides by the component.
create table camera_components (
    camera_id text not null references cameras on delete cascade,
    position integer not null check (position >= 0),
    kind text not null check (kind in ('source', 'processor', 'sink')),
    component text not null,
    feature text not null,
    settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object'),
    primary key (camera_id, position),
    check ((kind = 'source') = (position = 0))
);

-- A directed line in pixels of the source's picture. Empty labels mean every class.
create table line_zones (
    camera_id text not null references cameras on delete cascade,
    name text not null check (length(name) between 1 and 64),
    x1 double precision not null,
    y1 double precision not null,
    x2 double precision not null,
    y2 double precision not null,
    labels text[] not null default '{}',
    primary key (camera_id, name)
);

-- The key serves both the pages of one kind of event and those of all kinds. Rows outlive
-- their camera's configuration, so there is no foreign key.
create table telemetry_events (
    telemetry_id uuid not null,
    camera_id text not null,
    event_type text not null,
    event_time timestamptz not null,
    frame_index bigint not null,
    payload jsonb not null,
    primary key (camera_id, event_type, event_time, telemetry_id)
) partition by range (event_time);

create table telemetry_events_default partition of telemetry_events default;
