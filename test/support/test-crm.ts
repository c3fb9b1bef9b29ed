import { createHash, randomUUID } from 'node:crypto';
import { type BodyOf, type ClaimsOf } from '../../adaptor/auth/claims-of.ts';
import { postgresKeyRegistry } from '../../adaptor/auth/key-registry.ts';
import { issue, type IssueOptions } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import type { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { definitionHash } from '../../adaptor/data/plan.ts';
import type { ManifestClaims, ReverseOrder } from '../../exchange/claims.ts';
import type { CollectionDefinition } from '../../exchange/collection.ts';
import type { Incarnation } from '../../exchange/incarnation.ts';
import { ALL_FIELDS } from '../../exchange/wire-row.ts';
import { binaryRows } from './binary-rows.ts';
import type { TestProducer } from './test-producer.ts';

/** One record on the wire; values in the order of the definition's fields. */
export interface WireRecord {
  readonly op: 'I' | 'U' | 'D';
  readonly changed?: string;
  readonly values: readonly (string | null)[];
}

/** The CRM of the tests' incarnation. */
export const CRM_INCARNATION: Incarnation = {
  storeId: '11111111-1111-4111-8111-111111111111',
  systemId: '7000000000000000001',
  timeline: 1,
  databaseId: '16384',
};

/** CSV of the wire. */
export function wireCsv(records: readonly WireRecord[]): Uint8Array {
  const value = (text: string | null) => (text === null ? '' : `"${text.replaceAll('"', '""')}"`);
  return Buffer.from(
    records.map(({ op, changed = ALL_FIELDS, values }) => `${[op, value(changed), '', value('crm user'), ...values.map(value)].join(',')}\n`).join(''),
  );
}

/** Rows of wire CSV, split; good for values without commas, quotes and line breaks. */
export function readCsv(bytes: Uint8Array): string[][] {
  const lines = Buffer.from(bytes)
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => line.split(',').map((value) => value.replace(/^"(.*)"$/, '$1')));
}

/** A CRM that only signs and sends: what a producer is told by it, each part changeable. It keeps no store. */
export class TestCrm {
  readonly producer: TestProducer;
  readonly client: ProducerClient;
  epoch = 1;
  generation = 1;

  constructor(producer: TestProducer, client: ProducerClient = producer.client()) {
    this.producer = producer;
    this.client = client;
  }

  /** Signs as this CRM. */
  sign<K extends 'opening' | 'registration' | 'manifest' | 'settlement' | 'receipt' | 'reverseMessage' | 'erasure'>(
    kind: K,
    body: Omit<BodyOf<K>, 'tenant' | 'environment' | 'link'>,
    options?: IssueOptions,
  ): Promise<string> {
    return issue(this.producer.crmKey, kind, { ...this.producer.link, ...body } as unknown as BodyOf<K>, options);
  }

  /** Claims of the cloud's answer, verified. */
  async read<K extends 'openingAnswer' | 'registrationAnswer' | 'receipt'>(kind: K, jws: string): Promise<ClaimsOf<K>> {
    const registry = postgresKeyRegistry(this.producer.admin);
    return (await verify(jws, kind, { audience: this.producer.crmKey.party, registry, issuerSide: 'cloud' })).claims;
  }

  async open(changed: Partial<BodyOf<'opening'>> = {}): Promise<ClaimsOf<'openingAnswer'>> {
    const body = { runId: 'test/run', epoch: this.epoch, generation: this.generation, incarnation: CRM_INCARNATION, positions: [], ...changed };
    return this.read('openingAnswer', await this.client.open(await this.sign('opening', body), ['contacts']));
  }

  async register(definition: CollectionDefinition): Promise<ClaimsOf<'registrationAnswer'>> {
    const jws = await this.sign('registration', { epoch: this.epoch, definition, hash: definitionHash(definition) });
    return this.read('registrationAnswer', await this.client.register(definition.name, jws));
  }

  /** Signs the manifest of some rows. */
  manifest(
    definition: CollectionDefinition,
    ordinal: number,
    rows: Uint8Array,
    records: readonly WireRecord[],
    changed: Partial<BodyOf<'manifest'>> = {},
  ): Promise<string> {
    return this.sign('manifest', {
      collection: definition.name,
      direction: 'forward',
      kind: 'delta',
      ordinal,
      batchId: randomUUID(),
      epoch: this.epoch,
      generation: this.generation,
      schemaHash: definitionHash(definition),
      fromCursor: null,
      toCursor: `cursor-${ordinal}`,
      rows: records.length,
      tombstones: records.filter(({ op }) => op === 'D').length,
      filtered: 0,
      digest: createHash('sha256').update(rows).digest('base64url'),
      ...changed,
    });
  }

  /** Sends a window; its receipt as text. */
  async sendRaw(definition: CollectionDefinition, ordinal: number, records: readonly WireRecord[], changed: Partial<BodyOf<'manifest'>> = {}): Promise<string> {
    const form = changed.rowForm ?? 'csv';
    const rows =
      form === 'csv' ? wireCsv(records) : binaryRows(records.map((record) => [record.op, record.changed ?? ALL_FIELDS, null, 'crm user', ...record.values]));
    const manifest = await this.manifest(definition, ordinal, rows, records, changed);
    const window = { collection: definition.name, ordinal, rows: once(rows), manifest: async () => manifest };
    return changed.chunk === undefined ? this.client.sendWindow(window) : this.client.sendChunk({ ...window, chunk: changed.chunk, form });
  }

  /** Sends a window; its verified receipt. */
  async send(
    definition: CollectionDefinition,
    ordinal: number,
    records: readonly WireRecord[],
    changed: Partial<BodyOf<'manifest'>> = {},
  ): Promise<ClaimsOf<'receipt'>> {
    return this.read('receipt', await this.sendRaw(definition, ordinal, records, changed));
  }

  /** Loads a collection with one chunk, closes the load and sends the first delta, so that reverse is open. Takes ordinals 1 and 2. */
  async load(definition: CollectionDefinition, records: readonly WireRecord[] = []): Promise<void> {
    const rows = wireCsv(records);
    const digest = createHash('sha256').update(rows).digest('base64url');
    await this.send(definition, 1, records, { kind: 'chunk', chunk: 0 });
    const closing = { kind: 'load', chunks: 1, digest: createHash('sha256').update(digest).digest('base64url') } as const;
    await this.client.closeLoad({ collection: definition.name, ordinal: 1, manifest: await this.manifest(definition, 1, rows, records, closing) });
    await this.send(definition, 2, []);
  }

  /** Signs a reverse message. */
  message(orders: readonly Partial<ReverseOrder>[], changed: Partial<BodyOf<'reverseMessage'>> = {}, options?: IssueOptions): Promise<string> {
    const usual = {
      fields: ['givenName', 'note'],
      operations: ['I' as const, 'U' as const, 'D' as const],
      afterOrdinal: 0,
      cursor: null,
      maxRows: 100,
      maxWindows: 10,
      deleteBudget: 10,
    };
    const body = { epoch: this.epoch, generation: this.generation, cause: 'user' as const, requests: [], holdMs: 0 };
    return this.sign('reverseMessage', { ...body, orders: orders.map((order) => ({ collection: 'contacts', ...usual, ...order })), ...changed }, options);
  }

  /** Fetches the next window under a message; its rows and manifest, or undefined. */
  async fetch(message: string, collection = 'contacts', holdMs = 0): Promise<{ rows: string[][]; manifest: ManifestClaims } | undefined> {
    const registry = postgresKeyRegistry(this.producer.admin);
    const body = await this.client.fetchReverse({
      collection,
      message,
      holdMs,
      verify: async (jws) => verify(jws, 'manifest', { audience: this.producer.crmKey.party, registry, issuerSide: 'cloud' }),
    });
    if (body === undefined) return undefined;
    const pieces: Uint8Array[] = [];
    for await (const piece of body.rows) pieces.push(Uint8Array.from(piece));
    return { rows: readCsv(Buffer.concat(pieces)), manifest: (await body.manifest()).claims };
  }

  /** Returns the receipt of a fetched window. */
  async receipt(manifest: ManifestClaims, changed: Partial<BodyOf<'receipt'>> = {}): Promise<void> {
    const { collection, ordinal, batchId, digest, rows, toCursor, messageId } = manifest;
    const books = { offered: rows, applied: rows, unchanged: 0, conflicted: 0, quarantined: 0, filtered: 0 };
    const body = {
      collection,
      direction: 'reverse' as const,
      ordinal,
      outcome: 'applied' as const,
      batchId,
      digest,
      books,
      acceptedCursor: toCursor,
      ...(messageId ? { messageId } : {}),
    };
    await this.client.returnReceipt({ collection, ordinal, receipt: await this.sign('receipt', { ...body, ...changed }) });
  }
}

/** Bytes as a stream. */
export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
