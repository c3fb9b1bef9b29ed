import { X509Certificate } from 'node:crypto';
import { readFile, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { certificateFacts } from '../../../adaptor/auth/certificate.ts';
import { covers } from '../../../adaptor/auth/party.ts';
import { ensureDevelopmentKeys } from '../../../adaptor/auth/development-keys.ts';
import type { DevelopmentKeys } from '../../../adaptor/auth/development-keys.ts';
import { loadSigningKeys } from '../../../adaptor/auth/signing-key-file.ts';
import { clientTlsOptions, readTlsMaterial } from '../../../adaptor/auth/tls.ts';
import { codeOf } from '../../support/code-of.ts';
import { CLOUD, CRM, LINK, OTHER_LINK } from './sample-link.ts';
import { get, startServer } from './tls-parties.ts';

const DAY_MS = 86_400_000;
let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'tidegate-development-')), 'keys');
});

afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

/** Text of every file, by its path in the folder. */
async function everyFile(): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Object.fromEntries(
    await Promise.all(
      names.map(async ({ parentPath, name }) => [join(parentPath, name).slice(folder.length + 1), await readFile(join(parentPath, name), 'utf8')] as const),
    ),
  );
}

/** Whether both sides reach each other with what was made. */
async function connects({ crm, cloud }: DevelopmentKeys): Promise<boolean> {
  await using producer = await startServer(await readTlsMaterial(cloud), (_, response) => response.end());
  return (await get(producer.port, clientTlsOptions(await readTlsMaterial(crm), 'localhost'))).status === 200;
}

describe('development keys', () => {
  it('let both sides meet, and sign as their parties', async () => {
    const made = await ensureDevelopmentKeys(folder, { links: [LINK] });
    expect(await connects(made)).toBe(true);
    expect([...(await loadSigningKeys(made.crm.signingKey)).keys()]).toEqual([CRM]);
    expect([...(await loadSigningKeys(made.cloud.signingKey)).keys()]).toEqual([CLOUD]);
    expect(made.keys.map((key) => key.party)).toEqual([CRM, CLOUD]);
    expect(made.clientCertificate).toMatchObject({ party: CRM, thumbprint: certificateFacts(await readFile(made.crm.certificate)).thumbprint });
  });

  it('share nothing between the sides but the certificate of the authority', async () => {
    await ensureDevelopmentKeys(folder, { links: [LINK] });
    const files = await everyFile();
    expect(Object.keys(files).toSorted()).toEqual([
      'authority/ca.key',
      'authority/ca.pem',
      ...['crm', 'cloud'].toSorted().flatMap((side) => ['ca.pem', 'certificate.pem', 'key.pem', 'signing-key.json'].map((name) => `${side}/${name}`)),
    ]);
    const secrets = Object.entries(files).filter(([, text]) => /PRIVATE|"d"/.test(text));
    expect(secrets.map(([name]) => name).toSorted()).toEqual([
      'authority/ca.key',
      'cloud/key.pem',
      'cloud/signing-key.json',
      'crm/key.pem',
      'crm/signing-key.json',
    ]);
    expect(new Set(secrets.map(([, text]) => text)).size).toBe(5);
    for (const [name] of secrets) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    for (const side of ['crm', 'cloud', 'authority']) expect((await stat(join(folder, side))).mode & 0o777).toBe(0o700);
  });

  it('stay as they are on the next start', async () => {
    const first = await ensureDevelopmentKeys(folder, { links: [LINK] });
    const before = await everyFile();
    const second = await ensureDevelopmentKeys(folder, { links: [LINK] });
    expect(await everyFile()).toEqual(before);
    expect(second.clientCertificate).toEqual(first.clientCertificate);
    expect(second.keys.map((key) => key.publicJwk)).toEqual(first.keys.map((key) => key.publicJwk));
  });

  it('renew certificates in good time, and keep the signing keys', async () => {
    const first = await ensureDevelopmentKeys(folder, { links: [LINK] });
    const later = await ensureDevelopmentKeys(folder, { links: [LINK], nowMs: Date.now() + 340 * DAY_MS });
    expect(later.clientCertificate.thumbprint).not.toBe(first.clientCertificate.thumbprint);
    expect(later.clientCertificate.notAfterMs).toBeGreaterThan(first.clientCertificate.notAfterMs);
    expect(later.keys.map((key) => key.publicJwk)).toEqual(first.keys.map((key) => key.publicJwk));
  });

  it.each(['authority/ca.key', 'authority/ca.pem', 'crm/key.pem', 'cloud/certificate.pem', 'cloud/ca.pem'])('mend themselves when %s is gone', async (file) => {
    await ensureDevelopmentKeys(folder, { links: [LINK] });
    await rm(join(folder, file));
    expect(await connects(await ensureDevelopmentKeys(folder, { links: [LINK] }))).toBe(true);
  });

  it('mend themselves when a start was killed between key and certificate', async () => {
    const made = await ensureDevelopmentKeys(folder, { links: [LINK] });
    await writeFile(made.cloud.key, await readFile(made.crm.key), { mode: 0o600 });
    expect(await connects(await ensureDevelopmentKeys(folder, { links: [LINK] }))).toBe(true);
  });

  it('are made anew for another name of the producer', async () => {
    await ensureDevelopmentKeys(folder, { links: [LINK] });
    const { cloud } = await ensureDevelopmentKeys(folder, { links: [LINK], dnsNames: ['localhost', 'producer.test'] });
    const certificate = new X509Certificate((await readTlsMaterial(cloud)).certificate);
    expect([certificate.checkHost('producer.test'), certificate.checkHost('localhost')]).toEqual(['producer.test', 'localhost']);
  });

  it('cover every link of the tenant with one certificate, and have a signing key for each', async () => {
    const links = [LINK, { ...LINK, link: 'sales' }, { ...LINK, environment: 'production' }];
    const made = await ensureDevelopmentKeys(folder, { links });
    expect(made.keys).toHaveLength(6);
    const owners = made.keys.filter((key) => key.party.startsWith('crm:'));
    expect(owners.every((key) => covers(made.clientCertificate.party, key.party))).toBe(true);
    expect((await ensureDevelopmentKeys(folder, { links: links.slice(0, 2) })).clientCertificate.party).toBe('crm:acme/development');
  });

  it('are refused for several tenants, or for none', async () => {
    expect(await codeOf(ensureDevelopmentKeys(folder, { links: [LINK, OTHER_LINK] }))).toBe('configuration-invalid');
    expect(await codeOf(ensureDevelopmentKeys(folder, { links: [] }))).toBe('configuration-invalid');
  });
});
