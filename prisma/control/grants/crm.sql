-- What each role may do in the CRM's control plane: the whole list, written anew at every provisioning.

revoke all on all tables in schema tidegate from tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page, tidegate_crm_keeper;
revoke all on all sequences in schema tidegate from tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page, tidegate_crm_keeper;
revoke all on function tidegate.destroy_ledger_values(bigint[], text, text) from tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page, tidegate_crm_keeper;
revoke all on schema tidegate from tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page, tidegate_crm_keeper;

grant usage on schema tidegate to tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page;
grant usage on all sequences in schema tidegate to tidegate_consumer, tidegate_reverse, tidegate_verifier, crm_page, tidegate_crm_keeper;

-- The worker: extraction, and every control row but keys, acceptance and ledger.
grant select on all tables in schema tidegate to tidegate_consumer;
grant insert, update on tidegate.link, tidegate.channel, tidegate.window, tidegate.window_chunk, tidegate.registration, tidegate.record_link,
  tidegate.quarantine, tidegate.conflict, tidegate.sync_request, tidegate.run, tidegate.reverse_message, tidegate.reverse_message_collection
  to tidegate_consumer;
grant insert on tidegate.change_log, tidegate.used_id, tidegate.audit_event to tidegate_consumer;
grant delete on tidegate.change_log, tidegate.used_id, tidegate.record_link, tidegate.window_chunk to tidegate_consumer;
grant update (spent_at) on tidegate.accepted_message to tidegate_consumer;
-- The ledger is appended to, by whoever: no role updates or deletes. Values go by one function only, which leaves its own trace.
grant insert on tidegate.ledger_head to tidegate_consumer;
grant execute on function tidegate.destroy_ledger_values(bigint[], text, text) to tidegate_consumer;
grant insert, update on tidegate.sync_period to tidegate_consumer;
-- What it sealed; ciphertext alone.
grant insert, update, delete on tidegate.sealed_value to tidegate_consumer;
grant insert, update, delete on tidegate.reconciliation, tidegate.reconciliation_difference to tidegate_consumer;
-- Retention: what is done with goes. What was accepted stays, and so does the audit log.
grant update (old, actor) on tidegate.change_log to tidegate_consumer;
grant delete on tidegate.window, tidegate.run, tidegate.sync_request, tidegate.reverse_message, tidegate.quarantine, tidegate.conflict, tidegate.approval,
  tidegate.undo to tidegate_consumer;
grant insert, update on tidegate.release, tidegate.approval, tidegate.undo, tidegate.plan, tidegate.erasure to tidegate_consumer;
grant insert on tidegate.undo_refusal, tidegate.plan_difference to tidegate_consumer;
-- Values that a plan has found, and windows that were not approved, are destroyed with their time; those of an erased record at once.
grant delete on tidegate.plan, tidegate.plan_difference, tidegate.held_window, tidegate.held_row to tidegate_consumer;

-- The reverse injector: what a reverse window writes beside the records. It accepts no message and spends none.
grant select on tidegate.store, tidegate.link, tidegate.channel, tidegate.window, tidegate.window_chunk, tidegate.registration, tidegate.source,
  tidegate.change_log, tidegate.record_link, tidegate.quarantine, tidegate.conflict, tidegate.ledger_entry, tidegate.ledger_batch, tidegate.run,
  tidegate.reverse_message, tidegate.reverse_message_collection, tidegate.accepted_message, tidegate.release, tidegate.release_use, tidegate.unconfirmed,
  tidegate.erasure,
  tidegate.held_window, tidegate.held_row, tidegate.undo
  to tidegate_reverse;
grant insert, update on tidegate.channel, tidegate.window, tidegate.window_chunk, tidegate.record_link, tidegate.quarantine, tidegate.conflict
  to tidegate_reverse;
grant insert on tidegate.change_log, tidegate.ledger_entry, tidegate.audit_event to tidegate_reverse;
-- What a batch is, and its place in the chain, is not the injector's to say.
grant insert (link, collection, run_id, message_id, batch_id) on tidegate.ledger_batch to tidegate_reverse;
grant delete on tidegate.record_link to tidegate_reverse;
-- A window that waits for approval is set down, and never changed.
grant insert, delete on tidegate.held_window to tidegate_reverse;
grant insert on tidegate.held_row to tidegate_reverse;
-- What a plan tries: a transaction that holds such a note is never committed.
grant insert on tidegate.trial_write to tidegate_reverse;
-- It spends a release and cannot take that back: the transaction that does so is told by the database, not by the injector.
grant insert (release_id), update (outcome) on tidegate.release_use to tidegate_reverse;
-- PostgreSQL wants an update right for FOR SHARE, which fences a frozen worker; it also lets the injector stop its link.
grant update (state, state_code, state_reason, state_by, state_at) on tidegate.link to tidegate_reverse;

-- The verifier: records that a message was found valid, and nothing else of consequence (rule 17).
grant select on tidegate.store, tidegate.link, tidegate.trusted_key, tidegate.trusted_certificate, tidegate.reverse_message,
  tidegate.reverse_message_collection, tidegate.release
  to tidegate_verifier;
grant select, insert on tidegate.accepted_message to tidegate_verifier;
grant select, insert, update, delete on tidegate.used_id to tidegate_verifier;
grant insert on tidegate.audit_event to tidegate_verifier;

-- The CRM application: sees the state of everything, and asks.
grant select on all tables in schema tidegate to crm_page;
grant insert on tidegate.sync_request, tidegate.audit_event to crm_page;
grant insert (request_id, link, collection, trigger, repair, delete_receipted, requested_by, reason) on tidegate.reconciliation to crm_page;
-- A user's decisions. What writes into the CRM is only asked for here: the release that allows it is signed by the worker.
grant insert (id, link, act, subject, "values", requested_by, reason) on tidegate.release to crm_page;
grant insert (link, collection, key, wire_key, requested_by, reason) on tidegate.erasure to crm_page;
grant insert (link, run_id, except_edited, requested_by, reason) on tidegate.undo to crm_page;
grant insert (id, link, direction, collections, sample, run_id, requested_by, expires_at) on tidegate.plan to crm_page;
grant update (state, resolved_at, resolved_by, resolved_reason) on tidegate.quarantine to crm_page;
grant update (outcome, decided_at, decided_by, decided_reason) on tidegate.conflict to crm_page;
grant update (state, decided_at, decided_by, decided_reason) on tidegate.approval to crm_page;
-- What the company has switched on and off, and its periods.
grant insert, update on tidegate.sync_option, tidegate.sync_period to crm_page;
-- An administrator's pause and its end. A new initial load (reload) is not the page's to approve.
grant update (state, state_code, state_reason, state_by, state_at) on tidegate.link to crm_page;
-- An administrator revokes; the trigger lets nobody take that back.
grant update (state) on tidegate.trusted_key, tidegate.trusted_certificate to crm_page;

-- The keeper of keys: who is believed. It sees nothing of records, and can take no revocation back (trigger).
grant usage on schema tidegate to tidegate_crm_keeper;
grant select on tidegate.store, tidegate.link, tidegate.trusted_key, tidegate.trusted_certificate, tidegate.audit_event to tidegate_crm_keeper;
grant insert on tidegate.trusted_key, tidegate.trusted_certificate, tidegate.audit_event to tidegate_crm_keeper;
grant update (state, not_before, not_after) on tidegate.trusted_key to tidegate_crm_keeper;
grant update (state, subject, not_after) on tidegate.trusted_certificate to tidegate_crm_keeper;
