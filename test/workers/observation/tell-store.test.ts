import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { certificateFacts } from '../../../adaptor/auth/certificate.ts';
import { registerCertificate, registerKey } from '../../../adaptor/auth/register.ts';
import { generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { Metrics } from '../../../observability/metrics/metrics.ts';
import { tellCertificateFiles } from '../../../workers/observation/observe-process.ts';
import { readStore } from '../../../workers/observation/read-store.ts';
import { forgetStore, tellStore } from '../../../workers/observation/tell-store.ts';
import { type AppStore, createAppStore } from '../../support/captured-table.ts';
import { createTestAuthority } from '../../support/test-pki.ts';

/* Gauges that are read from a store, by one process that lives for long: what is gone must not be told for ever. */

const HOUR_MS = 3_600_000;
const PARTY = 'cloud:acme/test/hub';
let crm: AppStore<'crm'>;
let folder: string;

beforeAll(async () => {
  crm = await createAppStore('crm');
  folder = await mkdtemp(join(tmpdir(), 'tidegate-tell-'));
});
afterAll(async () => {
  await crm[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  for (const table of ['trusted_key', 'trusted_certificate', 'quarantine']) await crm.admin.query(`DELETE FROM tidegate.${table}`);
});

/** What is told now, by series. */
async function told(metrics: Metrics): Promise<ReadonlyMap<string, number>> {
  const { text } = await metrics.expose();
  return new Map(text.split('\n').flatMap((line) => (line.startsWith('tidegate_') ? [[line.replace(/ \S+$/, ''), Number(/ (\S+)$/.exec(line)?.[1])]] : [])));
}
const KEY = `tidegate_signing_key_expiry_timestamp_seconds{party="${PARTY}"}`;
const CERTIFICATE = (certificate: string, party = '') => `tidegate_certificate_expiry_timestamp_seconds{certificate="${certificate}",party="${party}"}`;

async function register(notAfterMs: number): Promise<void> {
  const { party, publicJwk } = await generateSigningKey(PARTY);
  await registerKey(crm.admin, { party, publicJwk, notBeforeMs: Date.now() - HOUR_MS, notAfterMs });
}

describe('until when whom is believed', () => {
  it('is the latest of a party, and is told no more once that is revoked: the alert would ring for ever', async () => {
    const metrics = new Metrics('producer', '1');
    const [sooner, later] = [Date.now() + HOUR_MS, Date.now() + 2 * HOUR_MS].map((ms) => Math.floor(ms / 1000) * 1000) as [number, number];
    await register(later);
    await register(sooner);
    const { certificate } = await (await createTestAuthority()).server();
    await registerCertificate(crm.admin, { party: PARTY, ...certificateFacts(certificate) });
    await tellStore(metrics, crm.admin);
    expect((await told(metrics)).get(KEY)).toBe(later / 1000);
    expect((await told(metrics)).get(CERTIFICATE('registered', PARTY))).toBe(certificateFacts(certificate).notAfterMs / 1000);
    for (const table of ['trusted_key', 'trusted_certificate']) await crm.admin.query(`UPDATE tidegate.${table} SET state = 'revoked'`);
    await tellStore(metrics, crm.admin);
    expect([...(await told(metrics)).keys()].filter((series) => /expiry/.test(series))).toEqual([]);
  });

  it('is forgotten with what waits where the store cannot be read, and the process’s own files are not', async () => {
    const metrics = new Metrics('crm-app', '1');
    metrics.gauge('certificateExpiry').set({ certificate: 'own', party: '' }, 7);
    metrics.gauge('certificateExpiry').set({ certificate: 'registered', party: PARTY }, 8);
    metrics.gauge('keyExpiry').set({ party: PARTY }, 9);
    metrics.gauge('quarantine').set({ link: 'l', collection: 'c', direction: 'forward' }, 3);
    await forgetStore(metrics);
    const left = [...(await told(metrics)).entries()].filter(([series]) => /expiry|quarantine/.test(series));
    expect(left).toEqual([[CERTIFICATE('own'), 7]]);
  });
});

describe('a scrape', () => {
  it('is answered when the store is away, says so, and says nothing old; and goes on when it is back', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const metrics = new Metrics('producer', '1');
      const lines: string[] = [];
      let away = true;
      const read = async (): Promise<void> => {
        if (away) throw new Error('password authentication failed for user ada');
        metrics.gauge('keyExpiry').set({ party: PARTY }, 9);
      };
      readStore(metrics, pino({}, { write: (line) => void lines.push(line) }), read, () => forgetStore(metrics));
      expect((await told(metrics)).get('tidegate_store_up')).toBe(0);
      expect(lines.join()).toContain('the store could not be read for metrics');
      expect(lines.join()).not.toContain('ada');
      away = false;
      vi.advanceTimersByTime(1000);
      const back = await told(metrics);
      expect([back.get('tidegate_store_up'), back.get(KEY)]).toEqual([1, 9]);
      away = true;
      vi.advanceTimersByTime(1000);
      expect((await told(metrics)).has(KEY)).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('certificates in files', () => {
  it('are told as they are on disk now, and not at all where they cannot be read', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const metrics = new Metrics('crm-worker', '1');
      const own = join(folder, 'own.pem');
      const authority = await createTestAuthority();
      const write = async (notAfterMs: number) => writeFileSync(own, (await authority.client({ notAfterMs })).certificate);
      tellCertificateFiles(metrics, { own, authority: join(folder, 'none.pem') });
      const until = Math.floor((Date.now() + HOUR_MS) / 1000) * 1000;
      const series: (number | undefined)[] = [];
      for (const notAfterMs of [until, until + 1000]) {
        await write(notAfterMs);
        vi.advanceTimersByTime(1000);
        series.push((await told(metrics)).get(CERTIFICATE('own')));
      }
      writeFileSync(own, 'half a file');
      vi.advanceTimersByTime(1000);
      const after = await told(metrics);
      expect([...series, after.get(CERTIFICATE('own')), after.get(CERTIFICATE('authority'))]).toEqual([until / 1000, until / 1000 + 1, undefined, undefined]);
    } finally {
      vi.useRealTimers();
    }
  });
});
