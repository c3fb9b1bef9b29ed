/**
 * The closed catalogue of errors. Every refusal in Tidegate carries one of these codes; codes are stable
 * and part of the public interface (HTTP problem documents, CLI, Temporal failures, quarantine).
 * Texts never contain record content, secrets or SQL.
 */

/** What the catalogue says of one code. */
export interface ErrorEntry {
  /** Status of the HTTP answer that carries the error (RFC 9110). */
  readonly status: number;
  /** Whether the same request may succeed later without anybody acting. */
  readonly retryable: boolean;
  /** One sentence for a human: what happened. */
  readonly title: string;
  /** For the operator: what to do. */
  readonly action: string;
  /** For the operator: is this normal. */
  readonly normal: string;
}

/** Where nothing else is said, an error is not normal. */
const entry = (status: number, retryable: boolean, title: string, action: string, normal = 'No.'): ErrorEntry => ({ status, retryable, title, action, normal });

/** Every code with its entry, by area. */
export const ERROR_CATALOGUE = {
  // transport level security
  'certificate-expired': entry(401, false, 'The client certificate has expired.', 'Renew the certificate and restart the side that presents it.'),
  'certificate-missing': entry(401, false, 'No client certificate was presented.', 'Configure the certificate and key of this side.'),
  'certificate-revoked': entry(401, false, 'The client certificate is revoked.', 'Issue and register a new certificate.', 'Only where somebody revoked it.'),
  'client-not-allowed': entry(403, false, 'The client certificate is not registered for this link.', 'Register the certificate thumbprint at the other side.'),
  'connection-failed': entry(
    503,
    true,
    'The other side could not be reached.',
    'None; it is retried. If it lasts, check address, network and certificate of the other side.',
    'Yes, for a minute, while the other side restarts.',
  ),
  // access level security
  'invalid-token': entry(401, false, 'The token or signature is not valid.', 'Check the clocks of both sides, the registered keys, and who sent the request.'),
  'issuer-not-crm': entry(403, false, 'The message was not signed by the CRM of this link.', 'Treat as an attack unless keys were just exchanged.'),
  'key-unknown': entry(401, false, 'The signing key is not registered, or no longer valid.', 'Register the reference key at the other side.'),
  'link-mismatch': entry(403, false, 'The message belongs to another link, tenant or environment.', 'Check the configuration of the link on both sides.'),
  'message-expired': entry(
    401,
    false,
    'The message has expired or is not valid yet.',
    'None; the next period orders again. If it repeats, check the clocks of both sides.',
    'Yes, once, after a pause or an outage longer than the message is valid.',
  ),
  'message-missing': entry(
    403,
    false,
    'No valid reverse synchronisation message was presented.',
    'Find out who asked: reverse synchronisation exists only by an order of the CRM.',
  ),
  'message-not-accepted': entry(
    403,
    false,
    'The reverse synchronisation message has not been accepted, or is spent.',
    'Order again (`tidegate pull`).',
    'Yes, where a run was repeated after its message was spent.',
  ),
  'message-open': entry(
    409,
    true,
    'Another reverse message for this collection is still open.',
    'None; the next order waits for the one before.',
    'Yes, where two orders meet.',
  ),
  'proof-mismatch': entry(
    401,
    false,
    'The proof does not belong to this request, token or certificate.',
    'Treat as an attack unless certificates were just exchanged.',
  ),
  'release-mismatch': entry(
    409,
    false,
    'What is to be written is not what was released.',
    'Look at it again, then decide anew. Treat as an attack if it repeats.',
  ),
  'release-not-accepted': entry(403, false, 'The release has not been accepted, or was used.', 'Decide anew; a release allows one write.'),
  replayed: entry(409, false, 'The request was seen before.', 'Treat as an attack, or a fault in the sender.'),
  'replayed-different': entry(409, false, 'The id was used before with another body.', 'Treat as an attack, or a fault in the sender.'),
  'scope-denied': entry(403, false, 'The token does not allow this operation or collection.', 'Check the collections that the link allows.'),
  // the exchange
  'batch-refused': entry(
    422,
    false,
    'The batch does not agree with its manifest: digest, count or signature is wrong.',
    'Nothing of it was stored. Look for a proxy that alters bodies.',
  ),
  'books-unbalanced': entry(500, false, 'The counts of both sides do not balance.', 'Look at the window named; nothing was moved on.'),
  'collection-stopped': entry(409, false, 'The collection is stopped.', 'Read its reason (`tidegate status`), mend it, then resume.'),
  'collection-unknown': entry(404, false, 'The collection is not known on this link.', 'Check its name; a collection is registered by the next forward run.'),
  'cursor-invalid': entry(
    409,
    false,
    'The cursor does not belong to this store.',
    'The store was restored or replaced: approve a new initial load (`tidegate resume --reload --reason TEXT`).',
    'Only after a restore that you made.',
  ),
  'delete-budget-exceeded': entry(
    409,
    false,
    'The window holds more deletes than the budget allows.',
    'Look at what was deleted; raise `deleteBudget` of the collection if it was meant.',
    'Only where so many records were deleted on purpose.',
  ),
  'epoch-stale': entry(
    409,
    false,
    'A newer run has taken over this link.',
    'None; the late write was refused. Two workers that take the link from each other all the time are a fault.',
    'Yes, after a worker was frozen, killed or replaced.',
  ),
  'incarnation-changed': entry(
    409,
    false,
    'A store is not the one it was: restored, replaced or promoted.',
    'Find out which store, then approve a new initial load (`tidegate resume --reload --reason TEXT`).',
    'Only after a restore, a promotion or a move that you made.',
  ),
  'link-stopped': entry(
    409,
    false,
    'The link is stopped.',
    'Read its reason (`tidegate status`), mend it, then `tidegate resume`.',
    'Yes, where somebody paused it.',
  ),
  'load-incomplete': entry(
    409,
    true,
    'The initial load is not complete yet.',
    'None; reverse synchronisation opens after the first delta that follows the load.',
    'Yes, during an initial load.',
  ),
  'ordinal-out-of-order': entry(
    409,
    true,
    'The window is not the next one.',
    'None; the sender asks for the receipts it missed.',
    'Yes, after a lost connection.',
  ),
  'ordinal-void': entry(
    409,
    true,
    'The window was given up; its number is not used again.',
    'None; the window is sent anew under the next number.',
    'Yes, after a lost connection.',
  ),
  'protocol-version': entry(426, false, 'The other side speaks another major version of the protocol.', 'Upgrade the older side.'),
  'schema-drifted': entry(
    409,
    false,
    'The table no longer has the shape that was registered.',
    'Change the configuration or the table until they agree; other collections go on.',
    'Only after a table was altered.',
  ),
  'truncate-needs-approval': entry(
    409,
    false,
    'The table was truncated; that never travels by itself.',
    'Approve a new initial load, or put the records back.',
  ),
  // records
  'constraint-violated': entry(
    422,
    false,
    'A constraint of the receiving store refuses the record.',
    'Change the record, or the constraint; it is tried again when the record changes.',
    'It happens; its neighbours are stored.',
  ),
  'encoding-unknown': entry(
    422,
    false,
    'The text is not in the encoding that it declares, or in UTF-8 where it declares none.',
    'Export again as UTF-8, or name the encoding (`tidegate import --charset`).',
    'It happens with old exports; the other entries are imported.',
  ),
  'entry-unsupported': entry(
    422,
    false,
    'The CRM has no place for an entry of this kind.',
    'None; the file still has it.',
    'Yes, for journals, free times and groups.',
  ),
  'field-denied': entry(403, false, 'The field may not be written.', 'Check the authority of the field in the configuration.'),
  'field-not-authorised': entry(
    422,
    false,
    'The other side may not change this field.',
    'None; the change stays out, and the CRM sends its own value again.',
    'It happens, where users of the cloud edit a field that belongs to the CRM.',
  ),
  'key-invalid': entry(422, false, 'The key of the record is missing or not of its type.', 'Correct the record at its source.'),
  'match-ambiguous': entry(
    422,
    false,
    'More than one record matches.',
    'Decide which of the records is meant.',
    'It happens, where both stores held records when they were first connected.',
  ),
  'record-not-found': entry(404, false, 'There is no such record.', 'Check the key.', 'Yes, where somebody else deleted it.'),
  'time-zone-unknown': entry(
    422,
    false,
    'A time zone is named that nobody knows, and not defined so that it can be found.',
    'Say which one is meant: `tidegate import --zone NAME=IANA-NAME`.',
    'It happens with exports of programs that name zones of their own.',
  ),
  'unknown-parent': entry(
    422,
    false,
    'The record refers to a parent that the receiving store does not have.',
    'None at first: it is tried again when the parent comes or the record changes. If it lasts, add or correct the parent.',
    'Yes, for a moment, where a child travels before its parent.',
  ),
  'value-invalid': entry(
    422,
    false,
    'A value does not fit the type of its field.',
    'Correct the value at its source.',
    'It happens; its neighbours are stored.',
  ),
  'value-too-long': entry(
    422,
    false,
    'A value is longer than the receiving field.',
    'Shorten the value, or widen the column.',
    'It happens; its neighbours are stored.',
  ),
  'version-conflict': entry(
    412,
    false,
    'The record was changed meanwhile.',
    'Read it again, then repeat the change.',
    'Yes, where two people edit one record.',
  ),
  'already-decided': entry(409, false, 'This was decided before.', 'Look at it again: it no longer waits.', 'Yes, where two people decide at once.'),
  // requests and configuration
  'already-running': entry(409, false, 'Tidegate already runs here.', 'Use the one that runs, or stop it first.', 'Yes, on a second start.'),
  'bad-request': entry(400, false, 'The request cannot be read.', 'Check what was asked; the message names the fault.'),
  'configuration-invalid': entry(400, false, 'The configuration is wrong.', 'Correct every fault that is listed.'),
  'cross-site': entry(403, false, 'The request did not come from this page.', 'Treat as an attack unless a proxy changes the Origin header.'),
  'database-refused': entry(500, false, 'The database refused the statement.', 'Look up the SQLSTATE that is named, and the log of the database server.'),
  'database-unavailable': entry(
    503,
    true,
    'The database could not be reached.',
    'None; it is retried. If it lasts, look at the database server.',
    'Yes, for a minute, while the database restarts.',
  ),
  'file-exists': entry(409, false, 'The file is there already.', 'Name another file, or allow it to be overwritten (--force).', 'Yes.'),
  'import-failed': entry(422, false, 'The file could not be imported.', 'See the entries that are named.'),
  'migration-failed': entry(500, false, 'A database migration did not apply.', 'The store is as it was before; see which migration.'),
  'not-allowed': entry(403, false, 'This user may not do that.', 'Ask an administrator.'),
  'not-running': entry(
    503,
    false,
    'Tidegate does not run here.',
    'Start it with `npm start` (`tidegate start`), or set the TIDEGATE_ variables of its parts.',
    'Yes, before the first start.',
  ),
  'not-signed-in': entry(401, false, 'Nobody is signed in.', 'Sign in.', 'Yes, after a session ended.'),
  'part-ended': entry(500, false, 'A part of the stack ended by itself.', 'See the log of the part that is named; everything else was stopped.'),
  'part-not-started': entry(500, false, 'A part of the stack did not start.', 'See the log of the part that is named.'),
  'path-unknown': entry(404, false, 'There is nothing at this address.', 'Check the path and the method.'),
  'port-busy': entry(409, false, 'The port is used by another program.', 'Free the port, or configure another (0 chooses one).'),
  'request-timeout': entry(
    408,
    true,
    'The request did not arrive in time.',
    'None; it is retried. If it lasts, look at the network.',
    'Yes, after a slow or broken connection.',
  ),
  'role-unsafe': entry(500, false, 'A database role holds more rights than it may.', 'Take away ownership, superuser and BYPASSRLS.'),
  'set-up-failed': entry(500, false, 'A step of the set-up failed.', 'Do what the message says, then start again.'),
  'sign-in-failed': entry(401, false, 'The e-mail address or the password is wrong.', 'Try again, or ask an administrator.', 'It happens.'),
  'store-not-embedded': entry(403, false, 'This act is refused against a store that is not the embedded one.', 'Name the database in so many words.'),
  'temporal-refused': entry(
    403,
    false,
    'The Temporal server refused to be prepared.',
    'Do what the message says, or let an administrator do it; then start again.',
  ),
  'temporal-unavailable': entry(
    503,
    true,
    'The Temporal server could not be reached.',
    'None; it is retried. If it lasts, check its address and its log.',
    'Yes, for a minute, while Temporal restarts.',
  ),
  'too-large': entry(413, false, 'The request is too large.', 'Send smaller parts.'),
  'too-many-attempts': entry(
    429,
    true,
    'There were too many attempts.',
    'Wait some minutes. Treat as an attack if it repeats.',
    'It happens, where a password was forgotten.',
  ),
  'unsupported-media': entry(
    415,
    false,
    'The body is of a type or encoding that is not taken here.',
    'Send the media type that docs/protocol.md names, without content coding.',
  ),
  unexpected: entry(500, false, 'Something failed that should not.', 'Read the log of the process at this time, and report it.'),
  'run-cancelled': entry(409, false, 'The run was cancelled.', 'None; what was receipted stays.', 'Yes, where somebody cancelled it.'),
  'run-failed': entry(500, false, 'The run did not finish.', 'Open the run in the Temporal UI.'),
  'worker-lost': entry(
    503,
    true,
    'The worker that did this step gave no sign of life.',
    'None; the step is done again under a new epoch. If it repeats, look at memory and log of the worker.',
    'Yes, for a minute, while a worker restarts.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Whether a text is a code of the catalogue. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, text);
}

/** Facts that go with an error: ids, names, numbers; never record content or secrets. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** The only error class that Tidegate throws on purpose. */
export class TidegateError extends Error {
  override readonly name = 'TidegateError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  /** `detail` adds to the catalogue's title what is known here; it must not hold record content. */
  constructor(code: ErrorCode, detail?: string, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(detail === undefined ? ERROR_CATALOGUE[code].title : `${ERROR_CATALOGUE[code].title} ${detail}`, options);
    this.code = code;
    this.facts = facts;
  }

  /** Whether the same request may succeed later by itself. */
  get retryable(): boolean {
    return ERROR_CATALOGUE[this.code].retryable;
  }
}
