-- What each role may do in the cloud's control plane: the whole list, written anew at every provisioning.

revoke all on all tables in schema tidegate from tidegate_producer, tidegate_registrar, cloud_user, cloud_page, tidegate_cloud_keeper;
revoke all on all sequences in schema tidegate from tidegate_producer, tidegate_registrar, cloud_user, cloud_page, tidegate_cloud_keeper;
revoke all on schema tidegate from tidegate_producer, tidegate_registrar, cloud_user, cloud_page, tidegate_cloud_keeper;

grant usage on schema tidegate to tidegate_producer;
grant usage on all sequences in schema tidegate to tidegate_producer, tidegate_registrar, tidegate_cloud_keeper;

-- The producer: injection, extraction, and every control row but keys and captured tables.
grant select on all tables in schema tidegate to tidegate_producer;
grant insert, update on tidegate.link, tidegate.channel, tidegate.window, tidegate.window_chunk, tidegate.registration, tidegate.record_link,
  tidegate.quarantine, tidegate.conflict, tidegate.run, tidegate.reverse_message, tidegate.reverse_message_collection
  to tidegate_producer;
grant insert on tidegate.change_log, tidegate.audit_event to tidegate_producer;
grant insert, update on tidegate.used_id to tidegate_producer;
grant update (base) on tidegate.change_log to tidegate_producer;
-- Retention: what is done with goes; edits that no order has brought to the CRM are folded.
grant update (old, actor, seen) on tidegate.change_log to tidegate_producer;
grant delete on tidegate.window, tidegate.reverse_message, tidegate.quarantine, tidegate.conflict to tidegate_producer;
grant insert on tidegate.unconfirmed to tidegate_producer;
grant delete on tidegate.change_log, tidegate.used_id, tidegate.record_link, tidegate.window_chunk, tidegate.unconfirmed to tidegate_producer;

-- The registrar: makes tables for registered collections and captures them. Its capture functions write the log as it.
grant usage, create on schema tidegate to tidegate_registrar;
grant select on tidegate.store, tidegate.link, tidegate.registration to tidegate_registrar;
grant insert, update on tidegate.registration to tidegate_registrar;
grant select, insert, update, delete on tidegate.source to tidegate_registrar;
grant select, insert, delete on tidegate.change_log to tidegate_registrar;
grant insert on tidegate.audit_event to tidegate_registrar;

-- The keeper of keys: who is believed. It sees nothing of records, and can take no revocation back (trigger).
grant usage on schema tidegate to tidegate_cloud_keeper;
grant select on tidegate.store, tidegate.link, tidegate.trusted_key, tidegate.trusted_certificate, tidegate.audit_event to tidegate_cloud_keeper;
grant insert on tidegate.trusted_key, tidegate.trusted_certificate, tidegate.audit_event to tidegate_cloud_keeper;
grant update (state, not_before, not_after) on tidegate.trusted_key to tidegate_cloud_keeper;
grant update (state, subject, not_after) on tidegate.trusted_certificate to tidegate_cloud_keeper;

-- Tables of collections that are no sample application live here.
create schema if not exists records authorization tidegate_registrar;
