import type { ErrorCode } from '../../../exchange/errors.ts';
import type { LinkName } from '../../../exchange/names.ts';
import type { Queryable } from '../pool.ts';

/** Something that an auditor asks for; facts hold ids, names and numbers, never record content. */
export interface AuditEvent {
  readonly link?: LinkName;
  /** e.g. `request-refused`, `message-refused`, `link-stopped`, `link-resumed`. */
  readonly event: string;
  readonly code?: ErrorCode;
  /** Who or what it is about. */
  readonly subject?: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Writes an event into the audit log. */
export async function recordAudit(client: Queryable, { link, event, code, subject, facts = {} }: AuditEvent): Promise<void> {
  await client.query('INSERT INTO tidegate.audit_event (link, event, code, subject, facts) VALUES ($1, $2, $3, $4, $5::jsonb)', [
    link ?? null,
    event,
    code ?? null,
    subject ?? null,
    JSON.stringify(facts),
  ]);
}
