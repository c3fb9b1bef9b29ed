import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LiveTls } from '../../../adaptor/auth/live-tls.ts';
import { ensureSealKeys } from '../../../adaptor/auth/sealing/seal-key-file.ts';
import { type SigningKey, generateSigningKey } from '../../../adaptor/auth/signing-key.ts';
import { appointments, contacts, tasks } from '../../../configuration/built-in.ts';
import { checkConfig } from '../../../configuration/load-config.ts';
import type { CrmWorkerSettings } from '../../../configuration/settings/crm.ts';
import { type Trust, openLinks, producerAuth, producerTls } from '../../../workers/crm/link-setups.ts';
import { codeOf } from '../../support/code-of.ts';
import { createTestAuthority } from '../../support/test-pki.ts';

const identity = { tenant: 'acme', environment: 'test', link: 'hub' };
const NAME = 'acme/test/hub';
const PARTY = `crm:${NAME}`;
let folder: string;
let tls: LiveTls;
let keys: Map<string, SigningKey>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-links-'));
  const material = await (await createTestAuthority()).client();
  tls = { material, revocations: {}, inStep: true } as unknown as LiveTls;
  keys = new Map([[PARTY, await generateSigningKey(PARTY)]]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const settings = (told: Partial<CrmWorkerSettings> = {}) => ({ TIDEGATE_CLOUD_URL: 'https://cloud.example.com:4701', ...told }) as CrmWorkerSettings;
const trust = (of: ReadonlyMap<string, SigningKey> = keys): Trust => ({ keys: of, tls, standing: {}, pool: {} }) as unknown as Trust;
const configOf = (link: object = {}, collections: unknown[] = [tasks, appointments, contacts]) =>
  checkConfig({ links: [{ ...identity, collections, ...link }] });
const sealed = { ...contacts, fields: { ...contacts.fields, note: { column: 'note', sealed: true } } };

describe('the links of a worker', () => {
  it('are as configured, parents before children whatever the order in the file, budgets each in its direction', async () => {
    const child = { ...tasks, references: [{ fields: ['id'], collection: 'contacts' }], deleteBudget: { forward: 7, reverse: 3 } };
    const links = await openLinks(configOf({ schedules: { reverseEveryMs: 60_000 } }, [child, contacts]), settings(), trust());
    const setup = links.get(NAME);
    expect([...links.keys()]).toEqual([NAME]);
    expect(setup?.collections.map(({ source }) => source.name)).toEqual(['contacts', 'tasks']);
    expect(setup).toMatchObject({ name: NAME, identity, reverseEveryMs: 60_000, cipher: undefined });
    expect(setup?.collections[1]?.deleteBudget).toEqual({ forward: 7, reverse: 3 });
    await setup?.producer.close();
  });

  it('sign with the key that is in use now, not with that of their start, and show the certificate of now', async () => {
    const rotating = new Map(keys);
    const links = await openLinks(configOf(), settings(), trust(rotating));
    const setup = links.get(NAME);
    expect(setup?.signingKey).toBe(keys.get(PARTY));
    const next = await generateSigningKey(PARTY);
    rotating.set(PARTY, next);
    expect(setup?.signingKey).toBe(next);
    expect(await setup?.readCertificate()).toBe(tls.material.certificate);
    await setup?.producer.close();
  });

  it('do not begin without their own signing key: that of another link is none', async () => {
    const other = await generateSigningKey('crm:acme/test/other');
    await expect(openLinks(configOf(), settings(), trust(new Map([[other.party, other]])))).rejects.toMatchObject({
      code: 'configuration-invalid',
      message: expect.stringContaining(PARTY),
    });
  });

  it('with sealed fields do not begin without the keys: what cannot be sealed must not leave in the open', async () => {
    for (const named of [{}, { TIDEGATE_SEAL_KEYS: join(folder, 'none.json') }])
      expect(await codeOf(openLinks(configOf({}, [sealed]), settings(named), trust()))).toBe('configuration-invalid');
    const file = join(folder, 'seal-keys.json');
    await ensureSealKeys(file);
    const links = await openLinks(configOf({}, [sealed]), settings({ TIDEGATE_SEAL_KEYS: file }), trust());
    expect(await links.get(NAME)?.cipher?.currentKeyId()).toMatch(/^[A-Za-z0-9_-]+$/);
    await links.get(NAME)?.producer.close();
  });
});

describe('the way to the producer', () => {
  it.each([
    ['https://cloud.example.com:4701', 'cloud.example.com'],
    ['https://127.0.0.1:4701', '127.0.0.1'],
    ['https://[::1]:4701', '::1'],
  ])('%s is proved by a certificate for %s, over TLS 1.3 only', (url, servername) => {
    expect(producerTls({ TIDEGATE_CLOUD_URL: url }, tls.material)).toMatchObject({ servername, minVersion: 'TLSv1.3', rejectUnauthorized: true });
  });

  it('asks with every request whether both sides are still believed, with the key of now', async () => {
    const asked: string[] = [];
    const standing = { assertTrusted: async ({ kid }: SigningKey) => void asked.push(kid) };
    let key = keys.get(PARTY)!;
    const auth = producerAuth(() => key, standing);
    await auth.assertTrusted?.();
    key = await generateSigningKey(PARTY);
    await auth.assertTrusted?.();
    expect(asked).toEqual([keys.get(PARTY)?.kid, key.kid]);
    expect(producerAuth(() => key)).not.toHaveProperty('assertTrusted');
  });
});
