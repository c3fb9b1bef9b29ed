/*
 * What the control plane's columns hold that could hold anything: texts, lists, JSON and bytes. A column that is in no list fails
 * test/adaptor/data/erasure/value-columns.test.ts: whoever adds one says here what is in it, and has it erased and pruned.
 */

type Columns = Readonly<Record<string, readonly string[]>>;

/** Values of records, and who wrote them. Erasure destroys them (adaptor/data/erasure), and retention in its time. */
export const VALUE_COLUMNS: Columns = {
  change_log: ['old', 'actor'],
  conflict: ['crm_value', 'cloud_value', 'actor'],
  held_row: ['record', 'sealed', 'actor'],
  ledger_entry: ['before', 'after', 'salt'],
  plan_difference: ['before', 'after'],
  quarantine: ['record', 'actor'],
  release: ['values'],
  sealed_value: ['token'],
};

/** Keys of records, alone or within what was signed. They stay: the ledger, tombstones and receipts name records by them. */
export const KEY_COLUMNS: Columns = {
  accepted_message: ['orders'],
  change_log: ['key'],
  conflict: ['key'],
  erasure: ['key', 'wire_key', 'receipt'],
  ledger_entry: ['key'],
  plan_difference: ['key'],
  quarantine: ['key'],
  reconciliation_difference: ['key', 'local_key'],
  record_link: ['local_key', 'wire_key'],
  release: ['jws'],
  reverse_message: ['jws'],
  sealed_value: ['key'],
  sync_request: ['records'],
  unconfirmed: ['key'],
  undo_refusal: ['key'],
  window: ['to_key', 'receipt'],
};

/** No record content: names, codes, hashes, counts, signatures, and what users say for a reason. */
export const PLAIN_COLUMNS: Columns = {
  accepted_message: ['accepted_by', 'digest', 'kind', 'link'],
  approval: ['code', 'collection', 'decided_by', 'decided_reason', 'direction', 'kind', 'link', 'run_id', 'state'],
  audit_event: ['code', 'event', 'facts', 'link', 'subject'],
  change_log: ['op', 'origin'],
  channel: ['collection', 'direction', 'link', 'mapping', 'peer_cursor', 'schema_hash', 'state', 'state_code', 'state_reason'],
  conflict: ['collection', 'decided_by', 'decided_reason', 'field', 'kind', 'link', 'outcome', 'run_id'],
  erasure: ['cloud_destroyed', 'collection', 'crm_destroyed', 'error_code', 'link', 'reason', 'requested_by', 'run_id', 'state'],
  held_row: ['base', 'changed', 'code', 'detail', 'field', 'op'],
  held_window: ['collection', 'link', 'manifest', 'run_id'],
  ledger_batch: ['collection', 'content', 'digest', 'facts', 'head', 'kind', 'link', 'run_id'],
  // The actor is covered by the chain, and says who of the cloud wrote, not about whom.
  ledger_entry: ['actor', 'after_hash', 'before_hash', 'collection', 'fields', 'link', 'op', 'run_id'],
  ledger_head: ['head', 'jws', 'kid'],
  link: ['environment', 'incarnation', 'link', 'name', 'opened_run', 'peer_incarnation', 'reload', 'state', 'state_by', 'state_code', 'state_reason', 'tenant'],
  plan: ['collections', 'direction', 'error_code', 'link', 'requested_by', 'result', 'run_id', 'state'],
  plan_difference: ['code', 'collection', 'field', 'op', 'outcome'],
  quarantine: ['base', 'changed', 'code', 'collection', 'detail', 'direction', 'field', 'link', 'op', 'resolved_by', 'resolved_reason', 'run_id', 'state'],
  reconciliation: ['collection', 'error_code', 'hash', 'kinds', 'link', 'reason', 'requested_by', 'run_id', 'state', 'trigger', 'waiting'],
  reconciliation_difference: ['fields', 'kind', 'repair'],
  record_link: ['collection', 'link'],
  registration: ['answer', 'collection', 'definition', 'hash', 'jws', 'link', 'row_forms'],
  release: ['act', 'digest', 'error_code', 'error_detail', 'link', 'outcome', 'reason', 'requested_by', 'run_id', 'state'],
  release_use: ['outcome'],
  reverse_message: ['cause', 'digest', 'link', 'state'],
  reverse_message_collection: ['collection', 'fields', 'link', 'operations', 'state'],
  run: ['direction', 'error_code', 'error_detail', 'id', 'link', 'requested_by', 'state', 'trigger', 'workflow_id', 'workflow_run_id'],
  sealed_value: ['collection', 'field', 'key_id', 'link'],
  source: ['columns', 'key_columns', 'schema_name', 'table_name'],
  store: ['side'],
  sync_request: ['cause', 'claimed_by', 'collections', 'direction', 'error_code', 'left_out', 'link', 'reason', 'requested_by', 'state'],
  sync_option: ['collection', 'direction', 'link', 'set_by'],
  sync_period: ['direction', 'link', 'set_by'],
  trusted_certificate: ['added_by', 'added_reason', 'party', 'revoked_by', 'revoked_reason', 'state', 'subject', 'thumbprint'],
  trusted_key: ['added_by', 'added_reason', 'jwk', 'kid', 'party', 'revoked_by', 'revoked_reason', 'state'],
  unconfirmed: ['collection', 'link'],
  undo: ['link', 'reason', 'requested_by', 'run_id'],
  undo_refusal: ['code', 'collection'],
  used_id: ['digest', 'issuer', 'purpose'],
  window: ['collection', 'digest', 'direction', 'kind', 'link', 'manifest', 'run_id', 'state'],
  window_chunk: ['collection', 'digest', 'direction', 'link', 'named', 'receipt'],
};

/** Columns as `table.column`, sorted. */
export const columnNames = (...lists: readonly Columns[]): readonly string[] =>
  lists.flatMap((list) => Object.entries(list).flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))).toSorted();
