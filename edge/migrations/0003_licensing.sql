-- Lines about the node's clock name no camera; licences also come from Redis and from bundles.
alter table license_validation_log alter column camera_id drop not null;
alter table license_validation_log alter column license_mode drop not null;
alter table license_validation_log drop constraint license_validation_log_source_check;
alter table license_validation_log add constraint license_validation_log_source_check
    check (source in ('redis', 'postgres', 'cloud', 'bundle', 'clock'));
alter table license_validation_log add constraint license_validation_log_subject_check
    check ((camera_id is null) = (source = 'clock'));

-- The clock's high-water mark is one member of its state.
update config set key = 'clock', value = jsonb_build_object('high_water', value)
where key = 'clock_high_water';
