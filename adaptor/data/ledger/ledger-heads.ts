import { controlRow, controlRows } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { type ChainState, readChainState } from './chain-state.ts';

/** A signed head as it is kept. */
export interface KeptHead {
  readonly sequence: number;
  /** In hex. */
  readonly head: string;
  readonly kid: string;
  readonly jws: string;
  readonly signedAt: Date;
}

/** Signs a head: gives the JWS and the id of the key. */
export type SignHead = (head: ChainState) => Promise<{ readonly jws: string; readonly kid: string }>;

/** Signs and keeps the present head, unless that was done before or there is nothing to sign. Gives its sequence. */
export async function keepHead(client: Queryable, sign: SignHead): Promise<number> {
  const state = await readChainState(client);
  if (state.sequence === 0) return 0;
  const kept = await controlRow(client, 'select sequence from tidegate.ledger_head where sequence = $1', [state.sequence]);
  if (kept !== undefined) return state.sequence;
  const { jws, kid } = await sign(state);
  await client.query(`insert into tidegate.ledger_head (sequence, head, kid, jws) values ($1, decode($2, 'hex'), $3, $4) on conflict (sequence) do nothing`, [
    state.sequence,
    state.head,
    kid,
    jws,
  ]);
  return state.sequence;
}

/** Signed heads, newest first. */
export async function listHeads(client: Queryable, limit: number | null = null): Promise<readonly KeptHead[]> {
  const sql = `select sequence, encode(head, 'hex') as head, kid, jws, signed_at as "signedAt" from tidegate.ledger_head order by sequence desc limit $1`;
  return controlRows<KeptHead>(client, sql, [limit]);
}

/** Public keys of the CRM, revoked ones too: what was signed before stays signed. */
export async function headKeys(
  client: Queryable,
): Promise<readonly { readonly kid: string; readonly party: string; readonly jwk: { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string } }[]> {
  return controlRows(client, `select kid, party, jwk from tidegate.trusted_key where party like 'crm:%' order by kid`);
}
