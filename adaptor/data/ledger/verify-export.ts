import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';

/** What an export proves by itself: that its batches follow each other, and that its entries are those that they cover. */
export interface VerifiedExport {
  readonly store: string;
  /** Head before its first batch, in hex. */
  readonly genesis: string;
  readonly from: number;
  /** Its last batch, and its head. */
  readonly sequence: number;
  readonly head: string;
  readonly entries: number;
  /** Batches whose entries are not in it: they are in an archive. */
  readonly without: number;
}

const hex = z.string().regex(/^[0-9a-f]{64}$/);
const headingSchema = z.object({ store: z.uuid(), genesis: hex, from: z.int().positive(), sequence: z.int().nonnegative(), head: hex });
const batchSchema = z.object({ sequence: z.int().positive(), text: z.string(), head: hex, entries: z.array(z.object({ text: z.string() })) });
/** A batch's text ends with the number and the digest of its entries. */
const coveredSchema = z.tuple([z.int().nonnegative(), hex]);

const sha256 = (...parts: readonly (string | Uint8Array)[]): Buffer => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();

/**
 * Verifies an export or archive of the ledger from its lines alone, without any database. Throws `ledger-broken` at the first line
 * that does not fit, `bad-request` where it is no export.
 */
export async function verifyExport(lines: AsyncIterable<string>): Promise<VerifiedExport> {
  let heading: z.infer<typeof headingSchema> | undefined;
  let head = '';
  let next = 0;
  const counted = { entries: 0, without: 0 };
  for await (const line of lines) {
    if (heading === undefined) {
      heading = read(headingSchema, parse(line));
      [head, next] = [heading.genesis, heading.from];
      continue;
    }
    const batch = read(batchSchema, parse(line));
    const [count, digest] = read(coveredSchema, (parse(batch.text) as unknown[]).slice(-2));
    const number = Buffer.alloc(8);
    number.writeBigInt64BE(BigInt(batch.sequence));
    head = sha256(Buffer.from(head, 'hex'), number, sha256(batch.text)).toString('hex');
    if (batch.sequence !== next || head !== batch.head) throw broken(batch.sequence, 'does not follow the one before it');
    next++;
    if (batch.entries.length === 0 && count > 0) counted.without++;
    else if (batch.entries.length !== count || sha256(...batch.entries.map(({ text }) => sha256(text))).toString('hex') !== digest)
      throw broken(batch.sequence, 'does not cover these entries');
    counted.entries += batch.entries.length;
  }
  if (heading === undefined) throw new TidegateError('bad-request', 'It holds nothing.');
  if (next !== heading.sequence + 1 || head !== heading.head) throw broken(next, 'is missing');
  return { ...heading, ...counted };
}

const broken = (sequence: number, what: string): TidegateError => new TidegateError('ledger-broken', `Batch ${sequence} ${what}.`, { sequence });

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const found = schema.safeParse(value);
  if (!found.success) throw new TidegateError('bad-request', 'It is no export of a ledger.');
  return found.data;
}
