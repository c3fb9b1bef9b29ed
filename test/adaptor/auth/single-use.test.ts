import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneUsedIds, useOnce } from '../../../adaptor/auth/single-use.ts';
import { codeOf } from '../../support/code-of.ts';
import { createControlPlane } from './control-plane.ts';
import type { ControlPlane } from './control-plane.ts';
import { CLOUD, CRM } from './sample-link.ts';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await createControlPlane();
});

afterAll(() => plane[Symbol.asyncDispose]());

const use = (changed: Partial<Parameters<typeof useOnce>[1]> = {}) => ({
  issuer: CRM,
  id: randomUUID(),
  purpose: 'proof',
  digest: 'one',
  expiresAtMs: Date.now() + 60_000,
  ...changed,
});

describe('an id that may be used once', () => {
  it('is refused the second time, also by another process and written otherwise', async () => {
    const once = use();
    await useOnce(plane.pool, once);
    expect(await codeOf(useOnce(plane.pool, once))).toBe('replayed');
    expect(await codeOf(useOnce(plane.pool, { ...once, id: once.id.toUpperCase() }))).toBe('replayed');
    const restarted = new Pool({ connectionString: plane.database.adminUrl });
    expect(await codeOf(useOnce(restarted, once))).toBe('replayed');
    await restarted.end();
  });

  it.each([
    ['another digest', { digest: 'two' }],
    ['another purpose', { purpose: 'assertion' }],
  ])('is refused as different with %s', async (_, changed) => {
    const once = use();
    await useOnce(plane.pool, once);
    expect(await codeOf(useOnce(plane.pool, { ...once, ...changed }))).toBe('replayed-different');
  });

  it('tells no digest from a digest', async () => {
    const { digest: _, ...bare } = use();
    await useOnce(plane.pool, bare);
    expect(await codeOf(useOnce(plane.pool, bare))).toBe('replayed');
    expect(await codeOf(useOnce(plane.pool, { ...bare, digest: 'one' }))).toBe('replayed-different');
  });

  it('belongs to its issuer', async () => {
    const once = use();
    await useOnce(plane.pool, once);
    expect(await codeOf(useOnce(plane.pool, { ...once, issuer: CLOUD }))).toBe('accepted');
  });

  it('is used by one of 100 at the same time (attack 23)', async () => {
    const once = use();
    const codes = await Promise.all(Array.from({ length: 100 }, () => codeOf(useOnce(plane.pool, once))));
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(codes.filter((code) => code === 'replayed')).toHaveLength(99);
  });

  it('is free again when the transaction that used it rolls back, and waits for its end', async () => {
    const once = use();
    const client = await plane.pool.connect();
    await client.query('begin');
    await useOnce(client, once);
    const second = codeOf(useOnce(plane.pool, once));
    await client.query('rollback');
    expect(await second).toBe('accepted');
    await client.query('begin');
    const other = use();
    await useOnce(client, other);
    const third = codeOf(useOnce(plane.pool, other));
    await client.query('commit');
    client.release();
    expect(await third).toBe('replayed');
  });

  it('is kept for hours after its end, by whichever clock is behind', async () => {
    const hoursAgo = (hours: number) => Date.now() - hours * 3_600_000;
    const [old, recent] = [use({ expiresAtMs: hoursAgo(3.1) }), use({ expiresAtMs: hoursAgo(2.9) })];
    await useOnce(plane.pool, old);
    await useOnce(plane.pool, recent);
    expect(await pruneUsedIds(plane.pool, hoursAgo(1))).toBe(0);
    expect(await pruneUsedIds(plane.pool, hoursAgo(-1000))).toBe(1);
    expect(await codeOf(useOnce(plane.pool, recent))).toBe('replayed');
    expect(await codeOf(useOnce(plane.pool, old))).toBe('accepted');
  });
});

it('a database that is away is told as such, and so is one that refuses', async () => {
  const away = new Pool({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 5000 });
  expect(await codeOf(useOnce(away, use()))).toBe('database-unavailable');
  await away.end();
  expect(await codeOf(useOnce(plane.pool, use({ id: "'; drop table tidegate.used_id; --" })))).toBe('database-refused');
});
