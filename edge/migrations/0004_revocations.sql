-- The newest revocation list that the node was given, as it was signed: one row.
create table revocation_list (
    singleton boolean primary key default true check (singleton),
    token text not null,
    taken_at timestamptz not null
);

-- Lines about the keys that sign licences, or about revocation lists, name no camera.
alter table license_validation_log alter column camera_id drop not null;
alter table license_validation_log alter column license_mode drop not null;
alter table license_validation_log drop constraint if exists license_validation_log_source_check;
alter table license_validation_log add constraint license_validation_log_source_check
    check (source in ('redis', 'postgres', 'cloud', 'bundle', 'clock', 'keys', 'revocations'));
alter table license_validation_log drop constraint if exists license_validation_log_subject_check;
alter table license_validation_log add constraint license_validation_log_subject_check
    check ((camera_id is null) = (source in ('clock', 'keys', 'revocations')));
