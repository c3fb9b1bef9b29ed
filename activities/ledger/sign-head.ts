import type { Pool } from 'pg';
import { signLedgerHead } from '../../adaptor/auth/ledger-head.ts';
import type { SigningKey } from '../../adaptor/auth/signing-key.ts';
import { keepHead } from '../../adaptor/data/ledger/ledger-heads.ts';

/** Signs where the ledger's chain stands now, with the key of any link of the store, and keeps it; once for each head. */
export async function signHead(consumer: Pool, key: SigningKey): Promise<void> {
  await keepHead(consumer, async (head) => ({ kid: key.kid, jws: await signLedgerHead(key, head) }));
}
