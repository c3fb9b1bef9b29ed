import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAssertion } from '../../adaptor/auth/access-token.ts';
import { type DevelopmentKeys, ensureDevelopmentKeys } from '../../adaptor/auth/development-keys.ts';
import { createProof } from '../../adaptor/auth/proof.ts';
import { registerCertificate, registerKey } from '../../adaptor/auth/register.ts';
import { loadSigningKey } from '../../adaptor/auth/signing-key-file.ts';
import { clientTlsOptions, readTlsMaterial } from '../../adaptor/auth/tls.ts';
import { ProducerClient } from '../../adaptor/communication/producer-client.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { codeOf } from '../support/code-of.ts';
import { type MigratedDatabase, createMigratedDatabase } from '../support/migrated-database.ts';

const PROGRAM = fileURLToPath(new URL('../../workers/producer.ts', import.meta.url));
const link = { tenant: 'acme', environment: 'test', link: 'hub' };

interface Ready {
  readonly ready: true;
  readonly url: string;
  readonly plainUrl: string;
}

let folder: string;
let keys: DevelopmentKeys;
let database: MigratedDatabase<'cloud'>;
let admin: Pool;
let children: ChildProcess[];

beforeEach(async () => {
  children = [];
  folder = await mkdtemp(join(tmpdir(), `tidegate-producer-${randomUUID()}`));
  keys = await ensureDevelopmentKeys(folder, { links: [link] });
  database = await createMigratedDatabase('cloud');
  admin = new Pool({ connectionString: database.adminUrl, max: 2 });
  admin.on('error', () => undefined);
  for (const key of keys.keys) await registerKey(admin, key);
  await registerCertificate(admin, keys.clientCertificate);
});
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  await admin.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function start(changed: Record<string, string | undefined> = {}): { child: ChildProcess; stderr: () => string } {
  const { cloud } = keys;
  const env = {
    PATH: process.env['PATH'],
    TIDEGATE_TLS_CA: cloud.ca,
    TIDEGATE_TLS_CERTIFICATE: cloud.certificate,
    TIDEGATE_TLS_KEY: cloud.key,
    TIDEGATE_SIGNING_KEY: cloud.signingKey,
    TIDEGATE_PRODUCER_DATABASE_URL: database.urls.tidegate_producer,
    TIDEGATE_REGISTRAR_DATABASE_URL: database.urls.tidegate_registrar,
    TIDEGATE_LOG_LEVEL: 'warn',
    ...changed,
  };
  const child = fork(PROGRAM, [], { env: env as NodeJS.ProcessEnv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  children.push(child);
  let stderr = '';
  child.stderr?.on('data', (piece: Buffer) => (stderr += piece.toString()));
  return { child, stderr: () => stderr };
}

async function client(url: string): Promise<ProducerClient> {
  const key = await loadSigningKey(keys.crm.signingKey);
  const tls = clientTlsOptions(await readTlsMaterial({ ca: keys.crm.ca, certificate: keys.crm.certificate, key: keys.crm.key }), '127.0.0.1');
  return new ProducerClient({
    baseUrl: url,
    tls,
    link,
    auth: { createAssertion: () => createAssertion(key), createProof: (request) => createProof(key, request) },
  });
}

describe('the producer’s process', () => {
  it('says when it is ready, serves both listeners, and ends when it is asked to', async () => {
    const { child, stderr } = start({ TIDEGATE_PRODUCER_RATE_REQUESTS: '10', TIDEGATE_PRODUCER_RATE_WINDOW_MS: '3600000' });
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'close').then(() => [stderr()])])) as [Ready];
    expect(message).toEqual({
      ready: true,
      url: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/) as string,
      plainUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) as string,
    });
    const consumer = await client(message.url);
    expect(await consumer.health()).toMatchObject({ status: 'up' });
    const granted = await consumer.requestToken({ operations: ['open'], collections: ['contacts'] });
    expect(granted.expiresAt.getTime()).toBeGreaterThan(Date.now());
    const plain = await fetch(`${message.plainUrl}${PATHS.health}`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([308, `${message.url}${PATHS.health}`]);
    await plain.text();
    // Its bound is the one that the environment names: ten, of which two were asked above.
    const asked = await Promise.all(Array.from({ length: 10 }, () => codeOf(consumer.health())));
    expect(asked.filter((code) => code === 'too-many-requests')).toHaveLength(2);
    await consumer.close();
    const exited = once(child, 'close');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('does not start with a role that could go round the rules, and says which', async () => {
    const { child, stderr } = start({ TIDEGATE_PRODUCER_DATABASE_URL: database.adminUrl });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr()).toContain('role-unsafe');
    expect(stderr()).not.toContain(new URL(database.adminUrl).password);
  });

  it('does not start with rules of access that were not provisioned', async () => {
    const file = join(folder, 'tidegate.cloud.config.mjs');
    await writeFile(file, `export default { access: [{ tenant: 'initech', collection: 'contacts', rules: [{ role: 'editor' }] }] };`);
    const { child, stderr } = start({ TIDEGATE_CLOUD_CONFIG: file });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr()).toContain('cloud_editor$initech');
  });

  it('does not start with wrong settings or keys, and names them without their values', async () => {
    const { child, stderr } = start({ TIDEGATE_TLS_CA: undefined, TIDEGATE_PRODUCER_PORT: 'secret-value' });
    expect(await once(child, 'close')).toEqual([2, null]);
    expect(stderr()).toContain('TIDEGATE_TLS_CA');
    expect(stderr()).toContain('TIDEGATE_PRODUCER_PORT');
    expect(stderr()).not.toContain('secret-value');
    const second = start({ TIDEGATE_SIGNING_KEY: keys.cloud.certificate });
    expect(await once(second.child, 'close')).toEqual([2, null]);
    expect(second.stderr()).toContain(keys.cloud.certificate);
    expect(second.stderr()).not.toContain((await readFile(keys.cloud.certificate, 'utf8')).slice(40, 80));
  });

  it('says when its port is taken', async () => {
    const first = start();
    const [{ url }] = (await once(first.child, 'message')) as [Ready];
    const { child, stderr } = start({ TIDEGATE_PRODUCER_PORT: new URL(url).port });
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(stderr()).toContain('port-busy');
  });
});
