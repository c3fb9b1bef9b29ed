import { type HashName, PROBE } from '../../../exchange/reconciliation.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { controlRow } from '../control-rows.ts';
import type { Queryable } from '../pool.ts';
import { literal } from '../quoting.ts';

/** What a store can compute: the name of its built-in hash, and what that makes of the probe. */
export interface BuiltInHash {
  readonly hash: HashName;
  readonly probe: string;
}

/** The hash of an array of texts, as SQL int8. The array's own text tells NULL from a text, and where each ends. */
export function arrayHash(hash: HashName, array: string): string {
  return hash === 'sha256' ? sha256Prefix(`(${array})::text`) : `hash_array_extended(${array}, 0)`;
}

/** The hash of one text as SQL text (hexadecimal); NULL stays NULL. */
export function textHash(hash: HashName, text: string): string {
  return `to_hex(${hash === 'sha256' ? sha256Prefix(text) : `hashtextextended(${text} COLLATE "C", 0)`})`;
}

const sha256Prefix = (text: string): string => `('x' || substr(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 1, 16))::bit(64)::int8`;

/** This store's built-in hash with its probe: it differs between major versions, and between orders of bytes. */
export async function readBuiltInHash(client: Queryable): Promise<BuiltInHash> {
  const probe = `ARRAY[${PROBE.map(literal).join(', ')}]::text[]`;
  const row = await controlRow<{ major: number; probe: string }>(
    client,
    `SELECT current_setting('server_version_num')::int / 10000 AS major, to_hex(hash_array_extended(${probe}, 0)) AS probe`,
  );
  if (row === undefined) throw new TidegateError('unexpected');
  return { hash: `pg-${row.major}`, probe: row.probe };
}

/** The hash that both sides compute alike: the built-in one where version and probe agree, else `sha256`. */
export function agreedHash(own: BuiltInHash, other: BuiltInHash): HashName {
  return own.hash === other.hash && own.probe === other.probe ? own.hash : 'sha256';
}

/** Whether this store can compute a hash. Throws `bad-request` where it cannot. */
export async function requireHash(client: Queryable, hash: HashName): Promise<void> {
  if (hash === 'sha256') return;
  const own = await readBuiltInHash(client);
  if (own.hash !== hash) throw new TidegateError('bad-request', `This store computes ${own.hash} and sha256.`, { hash });
}
