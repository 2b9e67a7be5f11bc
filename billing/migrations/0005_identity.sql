-- API keys that expire, rotate and stand for one device; users of the dashboard and their sessions.

alter table api_keys
    drop constraint api_keys_role_check,
    add constraint api_keys_role_check check (role in ('tenant_admin', 'tenant_read', 'device')),
    add column key_prefix text not null default '' check (length(key_prefix) <= 12),
    add column device_id uuid,
    add column expires_at timestamptz,
    add column replaced_by uuid,
    add constraint api_keys_of_devices check ((role = 'device') = (device_id is not null)),
    add foreign key (tenant_id, device_id) references devices (tenant_id, device_id),
    add foreign key (tenant_id, replaced_by) references api_keys (tenant_id, key_id);
create index api_keys_by_age on api_keys (tenant_id, created_at, key_id);

-- A removed user keeps the row, for what the audit says of them; the seat and the address are free.
create table users (
    tenant_id uuid not null references tenants,
    user_id uuid not null,
    email text not null constraint users_email_lower_case check (email = lower(email)),
    display_name text not null default '',
    role text not null check (role in ('tenant_admin', 'tenant_read')),
    password_hash text,
    invitation_sha256 bytea check (length(invitation_sha256) = 32),
    invitation_expires_at timestamptz,
    created_at timestamptz not null,
    accepted_at timestamptz,
    last_signed_in_at timestamptz,
    removed_at timestamptz,
    primary key (tenant_id, user_id),
    constraint users_accepted_with_a_password check
        ((accepted_at is null) = (password_hash is null))
);
create unique index users_email_unique on users (tenant_id, email) where removed_at is null;
create unique index users_invitation_unique on users (tenant_id, invitation_sha256);
create index users_by_age on users (tenant_id, created_at, user_id);
call protect_tenant_table('users');

create table user_sessions (
    tenant_id uuid not null,
    session_id uuid not null,
    user_id uuid not null,
    token_sha256 bytea not null unique check (length(token_sha256) = 32),
    created_at timestamptz not null,
    last_used_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at timestamptz,
    primary key (tenant_id, session_id),
    foreign key (tenant_id, user_id) references users (tenant_id, user_id)
);
create index user_sessions_of_user on user_sessions (tenant_id, user_id) where ended_at is null;
create index user_sessions_by_end on user_sessions (expires_at);
call protect_tenant_table('user_sessions');

-- Sign-ins by user and by address, in windows, as hashes: it may be asked about what is nobody's.
create table sign_in_attempts (
    subject_sha256 bytea primary key check (length(subject_sha256) = 32),
    window_ends_at timestamptz not null,
    attempts integer not null check (attempts > 0)
);
create index sign_in_attempts_by_end on sign_in_attempts (window_ends_at);
grant select, insert, update, delete on sign_in_attempts to brinkbyte_app;
