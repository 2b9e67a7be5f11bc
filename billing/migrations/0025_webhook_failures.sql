-- Of the attempts at an event, those that failed for another reason than Stripe's being away.
alter table webhook_events add column failures integer not null default 0;
