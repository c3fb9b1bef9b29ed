import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { context, trace } from '@opentelemetry/api';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { text } from 'node:stream/consumers';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../adaptor/data/pool.ts';
import { aloud, quietly, traceStatements } from '../../../observability/tracing/trace-statements.ts';
import { type TestDatabase, createTestDatabase } from '../../support/postgres.ts';
import { recordSpans } from '../../support/spans.ts';

const spans = recordSpans();
const tracer = trace.getTracer('test');
let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase('crm');
  pool = createPool(database.adminUrl, { applicationName: 'test' });
  traceStatements(pool);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => spans.reset());

/** Runs a body inside a span; gives the spans of its statements. */
async function inSpan(body: () => Promise<unknown>) {
  spans.reset();
  await tracer.startActiveSpan('outside', async (outside) => {
    await body();
    outside.end();
  });
  const [outside] = spans.getFinishedSpans().filter(({ name }) => name === 'outside');
  const inside = spans.getFinishedSpans().filter(({ name }) => name !== 'outside');
  for (const { parentSpanContext } of inside) expect(parentSpanContext?.spanId).toBe(outside?.spanContext().spanId);
  return inside;
}

describe('statements in a trace', () => {
  it('are spans below what runs them, with their text and without values', async () => {
    const [span, ...more] = await inSpan(() => pool.query(`select 'canary' as a, $1::text as b`, ['canary']));
    expect(more).toEqual([]);
    expect(span?.name).toBe('SELECT');
    expect(span?.attributes).toEqual({ 'db.system.name': 'postgresql', 'db.operation.name': 'SELECT', 'db.query.text': 'select ? as a, $1::text as b' });
  });

  it('end with COPY streams in both directions', async () => {
    const client = await pool.connect();
    const inside = await inSpan(async () => {
      await client.query('create temp table copied (a text)');
      await pipeline(Readable.from([Buffer.from('canary\n')]), client.query(copyFrom('copy copied from stdin')));
      expect(await text(client.query(copyTo(`copy (select a from copied where a = 'canary') to stdout`)))).toBe('canary\n');
    });
    client.release();
    expect(inside.map(({ name, ended }) => [name, ended])).toEqual([
      ['CREATE', true],
      ['COPY', true],
      ['COPY', true],
    ]);
    expect(JSON.stringify(inside.map(({ attributes }) => attributes))).not.toContain('canary');
  });

  it('tell of an error by its SQLSTATE, never by its text', async () => {
    const [span] = await inSpan(() => expect(pool.query(`select 'canary'::int`)).rejects.toThrow('canary'));
    expect(span?.attributes['db.response.status_code']).toBe('22P02');
    expect(span?.status.code).toBe(2);
    expect(JSON.stringify([span?.attributes, span?.status, span?.events])).not.toContain('canary');
  });

  it('hand results and errors on by callback as by promise', async () => {
    const client = await pool.connect();
    const inside = await inSpan(async () => {
      const rows = await new Promise((resolve, reject) => {
        client.query('select 1 as a', (error, result) => (error ? reject(error) : resolve(result.rows)));
      });
      expect(rows).toEqual([{ a: '1' }]);
    });
    client.release();
    expect(inside).toHaveLength(1);
  });

  it('make no spans outside a trace, nor where it is quiet', async () => {
    await pool.query('select 1');
    expect(spans.getFinishedSpans()).toEqual([]);
    expect(await inSpan(() => context.with(quietly(context.active()), () => pool.query('select 1')))).toEqual([]);
    expect(await inSpan(() => context.with(aloud(quietly(context.active())), () => pool.query('select 1')))).toHaveLength(1);
  });
});
