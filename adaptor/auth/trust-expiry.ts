import { type Database, runStatement } from './database.ts';

/** When what is registered in a store expires, in milliseconds since 1970. */
export interface TrustExpiry {
  readonly kind: 'key' | 'certificate';
  readonly party: string;
  readonly notAfterMs: number;
}

// The latest of a party: during a rotation the older one may run out.
const EXPIRY = `
  select 'key' as kind, party, extract(epoch from max(not_after)) * 1000 as not_after from tidegate.trusted_key where state = 'active' group by party
   union all
  select 'certificate', party, extract(epoch from max(not_after)) * 1000 from tidegate.trusted_certificate where state = 'active' group by party`;

/** Reads until when each party is believed at this store. Throws as `runStatement` does. */
export async function readTrustExpiry(database: Database): Promise<readonly TrustExpiry[]> {
  const { rows } = await runStatement(database, 'tidegate trust expiry', EXPIRY, []);
  return rows.map(({ kind, party, not_after }) => ({
    kind: kind === 'key' ? 'key' : 'certificate',
    party: party ?? '',
    notAfterMs: Number(not_after),
  }));
}
