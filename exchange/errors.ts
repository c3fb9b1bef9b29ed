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
  /** For the operator: is this normal, and what to do. */
  readonly advice: string;
}

const entry = (status: number, retryable: boolean, title: string, advice: string): ErrorEntry => ({ status, retryable, title, advice });

/** Every code with its entry, by area. */
export const ERROR_CATALOGUE = {
  // transport level security
  'certificate-expired': entry(401, false, 'The client certificate has expired.', 'Renew the certificate and restart the side that presents it.'),
  'certificate-missing': entry(401, false, 'No client certificate was presented.', 'Configure the certificate and key of this side.'),
  'certificate-revoked': entry(401, false, 'The client certificate is revoked.', 'Issue and register a new certificate.'),
  'client-not-allowed': entry(403, false, 'The client certificate is not registered for this link.', 'Register the certificate thumbprint at the other side.'),
  'connection-failed': entry(
    503,
    true,
    'The other side could not be reached.',
    'Normal during a restart; retried by itself. Check address, network and certificate if it lasts.',
  ),
  // access level security
  'invalid-token': entry(401, false, 'The token or signature is not valid.', 'Check clocks, key registration and who sent the request.'),
  'issuer-not-crm': entry(403, false, 'The message was not signed by the CRM of this link.', 'Treat as an attack unless keys were just exchanged.'),
  'key-unknown': entry(401, false, 'The signing key is not registered, or no longer valid.', 'Register the reference key at the other side.'),
  'link-mismatch': entry(403, false, 'The message belongs to another link, tenant or environment.', 'Check the configuration of the link on both sides.'),
  'message-expired': entry(401, false, 'The message has expired or is not valid yet.', 'Order again; check the clocks of both sides if it repeats.'),
  'message-missing': entry(
    403,
    false,
    'No valid reverse synchronisation message was presented.',
    'Reverse synchronisation exists only by an order of the CRM.',
  ),
  'message-not-accepted': entry(403, false, 'The reverse synchronisation message has not been accepted, or is spent.', 'Order again.'),
  'message-open': entry(409, true, 'Another reverse message for this collection is still open.', 'Normal; the next order waits for the one before.'),
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
  'approval-needed': entry(409, false, 'A collection waits for approval.', 'See what it would do (tidegate approvals), then approve or reject it.'),
  'batch-refused': entry(
    422,
    false,
    'The batch does not agree with its manifest: digest, count or signature is wrong.',
    'Nothing of it was stored. Look for a proxy that alters bodies.',
  ),
  'books-unbalanced': entry(500, false, 'The counts of both sides do not balance.', 'Look at the window named; nothing was moved on.'),
  'change-budget-exceeded': entry(
    409,
    false,
    'The window holds more records than the budget allows.',
    'Look at what changed; approve it once if it was meant (tidegate approve).',
  ),
  'collection-unknown': entry(404, false, 'The collection is not known on this link.', 'Register it, or check its name.'),
  'cursor-invalid': entry(409, false, 'The cursor does not belong to this store.', 'The store was restored or replaced: approve a new initial load.'),
  'delete-budget-exceeded': entry(
    409,
    false,
    'The window holds more deletes than the budget allows.',
    'Look at what was deleted; approve it once if it was meant (tidegate approve).',
  ),
  'epoch-stale': entry(409, false, 'A newer run has taken over this link.', 'Normal after a worker was frozen: its late write was refused.'),
  'incarnation-changed': entry(
    409,
    false,
    'A store is not the one it was: restored, replaced or promoted.',
    'Find out which, then approve a new initial load (tidegate resume --reload).',
  ),
  'link-stopped': entry(409, false, 'The link is stopped.', 'Read its reason (tidegate status), mend it, then resume.'),
  'load-incomplete': entry(409, true, 'The initial load is not complete yet.', 'Reverse synchronisation opens after the first delta that follows the load.'),
  'ordinal-out-of-order': entry(409, true, 'The window is not the next one.', 'The sender asks for the receipts it missed; no act is needed.'),
  'ordinal-void': entry(409, true, 'The window was given up; its number is not used again.', 'Normal after a lost connection.'),
  'protocol-version': entry(426, false, 'The other side speaks another major version of the protocol.', 'Upgrade the older side.'),
  'schema-drifted': entry(409, false, 'The table no longer has the shape that was registered.', 'Change the configuration or the table, then register again.'),
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
  ),
  'field-denied': entry(403, false, 'The field may not be written.', 'Check the authority of the field in the configuration.'),
  'field-not-authorised': entry(422, false, 'The other side may not change this field.', 'The change stays out; the CRM sends its own value again.'),
  'key-invalid': entry(422, false, 'The key of the record is missing or not of its type.', 'Correct the record at its source.'),
  'match-ambiguous': entry(422, false, 'More than one record matches.', 'Decide which of the records is meant.'),
  'record-not-found': entry(404, false, 'There is no such record.', 'Check the key.'),
  'unknown-parent': entry(
    422,
    false,
    'The record refers to a parent that the receiving store does not have.',
    'Add or correct the parent; the record is tried again when it changes.',
  ),
  'value-invalid': entry(422, false, 'A value does not fit the type of its field.', 'Correct the value at its source.'),
  'value-too-long': entry(422, false, 'A value is longer than the receiving field.', 'Shorten the value, or widen the column.'),
  'already-decided': entry(409, false, 'This was decided before.', 'Look at it again: it no longer waits.'),
  'version-conflict': entry(412, false, 'The record was changed meanwhile.', 'Read it again, then repeat the change.'),
  // requests and configuration
  'already-running': entry(409, false, 'Tidegate already runs here.', 'Use the one that runs, or stop it first.'),
  'bad-request': entry(400, false, 'The request cannot be read.', 'Check the sender.'),
  'configuration-invalid': entry(400, false, 'The configuration is wrong.', 'Correct every fault that is listed.'),
  'cross-site': entry(403, false, 'The request did not come from this page.', 'Treat as an attack unless a proxy changes the Origin header.'),
  'database-refused': entry(500, false, 'The database refused the statement.', 'See the code that it gave.'),
  'database-unavailable': entry(503, true, 'The database could not be reached.', 'Normal during a restart; retried by itself.'),
  'import-failed': entry(422, false, 'The file could not be imported.', 'See the entries that are named.'),
  'migration-failed': entry(500, false, 'A database migration did not apply.', 'The store is as it was before; see which migration.'),
  'not-allowed': entry(403, false, 'This user may not do that.', 'Ask an administrator.'),
  'not-running': entry(503, false, 'Tidegate does not run here.', 'Start it with npm start.'),
  'not-signed-in': entry(401, false, 'Nobody is signed in.', 'Sign in.'),
  'part-ended': entry(500, false, 'A part of the stack ended by itself.', 'See the log of the part that is named; everything else was stopped.'),
  'part-not-started': entry(500, false, 'A part of the stack did not start.', 'See the log of the part that is named.'),
  'path-unknown': entry(404, false, 'There is nothing at this address.', 'Check the path and the method.'),
  'port-busy': entry(409, false, 'The port is used by another program.', 'Free the port, or configure another (0 chooses one).'),
  'request-timeout': entry(408, true, 'The request did not arrive in time.', 'Normal after a slow or broken connection; retried by itself.'),
  'role-unsafe': entry(500, false, 'A database role holds more rights than it may.', 'Take away ownership, superuser and BYPASSRLS.'),
  'set-up-failed': entry(500, false, 'A step of the set-up failed.', 'Do what the message says, then start again.'),
  'sign-in-failed': entry(401, false, 'The e-mail address or the password is wrong.', 'Try again, or ask an administrator.'),
  'store-not-embedded': entry(403, false, 'This act is refused against a store that is not the embedded one.', 'Name the database in so many words.'),
  'temporal-unavailable': entry(503, true, 'The Temporal server could not be reached.', 'Check its address; retried by itself.'),
  'too-large': entry(413, false, 'The request is too large.', 'Send smaller parts.'),
  'too-many-attempts': entry(429, true, 'There were too many attempts.', 'Wait some minutes. Treat as an attack if it repeats.'),
  'unsupported-media': entry(
    415,
    false,
    'The body is of a type or encoding that is not taken here.',
    'Send the media type that docs/protocol.md names, without content coding.',
  ),
  unexpected: entry(500, false, 'Something failed that should not.', 'See the log of the process at this time.'),
  'run-cancelled': entry(409, false, 'The run was cancelled.', 'Normal if it was meant; what was receipted stays.'),
  'run-failed': entry(500, false, 'The run did not finish.', 'Open the run in the Temporal UI.'),
  'worker-lost': entry(503, true, 'The worker that did this step gave no sign of life.', 'Normal during a restart; the step is done again under a new epoch.'),
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

/** An RFC 9457 problem document. `noUpdate` says that nothing was changed. */
export interface Problem {
  readonly type: `urn:tidegate:error:${string}`;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly noUpdate: string;
  readonly facts: ErrorFacts;
}

/** The sentence that every refusal carries (law 6). */
export const NO_UPDATE_PERFORMED = 'No update was performed.';

/** The problem document (RFC 9457) of any thrown value; what is not a TidegateError is told as `unexpected`, without its text. */
export function toProblem(error: unknown): Problem {
  const known = error instanceof TidegateError ? error : new TidegateError('unexpected');
  const { status, title } = ERROR_CATALOGUE[known.code];
  return {
    type: `urn:tidegate:error:${known.code}`,
    title,
    status,
    detail: known.message,
    code: known.code,
    noUpdate: NO_UPDATE_PERFORMED,
    facts: known.facts,
  };
}
