import { type Database, runStatement } from './database.ts';

/** A key or certificate that a store has registered. Times in milliseconds since 1970. */
export interface Trusted {
  readonly kind: 'key' | 'certificate';
  /** Key id, or the certificate's SHA-256 thumbprint; both base64url. */
  readonly id: string;
  readonly party: string;
  /** Subject of a certificate; null of a key. */
  readonly subject: string | null;
  /** `future` and `expired` by the store's clock. */
  readonly state: 'active' | 'future' | 'expired' | 'revoked';
  /** Null of a certificate: it says so itself. */
  readonly notBeforeMs: number | null;
  readonly notAfterMs: number;
  readonly addedAtMs: number;
  readonly addedBy: string | null;
  readonly addedReason: string | null;
  readonly revokedAtMs: number | null;
  readonly revokedBy: string | null;
  readonly revokedReason: string | null;
}

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::text`;

const LIST = `
  select kind, id, party, subject,
         case when state = 'revoked' then state when not_after <= now() then 'expired' when not_before > now() then 'future' else 'active' end as state,
         ${ms('not_before')} as not_before, ${ms('not_after')} as not_after, ${ms('added_at')} as added_at, ${ms('revoked_at')} as revoked_at,
         added_by, added_reason, revoked_by, revoked_reason
    from (select 'key' as kind, kid as id, party, null as subject, state, not_before, not_after, added_at, revoked_at, added_by, added_reason, revoked_by, revoked_reason
            from tidegate.trusted_key
           union all
          select 'certificate', thumbprint, party, subject, state, null, not_after, added_at, revoked_at, added_by, added_reason, revoked_by, revoked_reason
            from tidegate.trusted_certificate) as trusted
   order by party, kind desc, added_at desc, id`;

/** Lists every key and certificate that a store has registered, in whatever state. Throws as `runStatement` does. */
export async function listTrusted(database: Database): Promise<readonly Trusted[]> {
  const { rows } = await runStatement(database, 'tidegate-list-trusted', LIST, []);
  const time = (text: string | null | undefined): number | null => (text == null ? null : Number(text));
  return rows.map((row) => ({
    kind: row['kind'] === 'key' ? 'key' : 'certificate',
    id: row['id'] ?? '',
    party: row['party'] ?? '',
    subject: row['subject'] ?? null,
    state: row['state'] as Trusted['state'],
    notBeforeMs: time(row['not_before']),
    notAfterMs: time(row['not_after']) ?? 0,
    addedAtMs: time(row['added_at']) ?? 0,
    addedBy: row['added_by'] ?? null,
    addedReason: row['added_reason'] ?? null,
    revokedAtMs: time(row['revoked_at']),
    revokedBy: row['revoked_by'] ?? null,
    revokedReason: row['revoked_reason'] ?? null,
  }));
}
