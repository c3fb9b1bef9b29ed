import { once } from 'node:events';
import { Agent } from 'node:https';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { Socket } from 'node:net';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { certificateFacts } from '../../../adaptor/auth/certificate.ts';
import { checkClientCertificate } from '../../../adaptor/auth/client-certificate.ts';
import { clientTlsOptions, ownCertificateExpiresAtMs, readTlsMaterial, serverTlsOptions } from '../../../adaptor/auth/tls.ts';
import type { TlsMaterial } from '../../../adaptor/auth/tls.ts';
import { writeSecretFile } from '../../../files/secret-file.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { codeOf } from '../../support/code-of.ts';
import { CRM } from './sample-link.ts';
import { certificateRegistry, get, startServer, testAuthority } from './tls-parties.ts';
import type { TestServer } from './tls-parties.ts';

let authority: Awaited<ReturnType<typeof testAuthority>>;
let serverMaterial: TlsMaterial;
let client: TlsMaterial;
let registry: ReturnType<typeof certificateRegistry>;
/** How often the handler ran; what it thinks the time is. */
let served: number;
let nowMs: number;

beforeAll(async () => {
  authority = await testAuthority();
  [serverMaterial, client] = await Promise.all([authority.server(), authority.client()]);
});

beforeEach(() => {
  registry = certificateRegistry(client);
  served = 0;
  nowMs = Date.now();
});

/** A producer that answers with the party of the certificate, or with the code of the refusal. */
const startProducer = (material: TlsMaterial = serverMaterial, changed: TlsOptions = {}): Promise<TestServer> =>
  startServer(
    material,
    (request, response) => {
      served++;
      checkClientCertificate(request.socket, registry, undefined, nowMs)
        .then(({ party }) => response.end(party))
        .catch((error: unknown) => response.writeHead(401).end(error instanceof TidegateError ? error.code : String(error)));
    },
    changed,
  );

/** Connects and sends a request by hand; resolves to what came back before the connection closed, and what TLS said. */
async function tryRaw(port: number, options: ConnectionOptions): Promise<{ answer: string; alert: string }> {
  const socket = connect({ host: '127.0.0.1', port, ca: authority.ca, servername: 'localhost', ...options });
  const seen = { answer: '', alert: '' };
  socket.on('data', (chunk) => (seen.answer += chunk.toString()));
  socket.on('error', (error) => (seen.alert = error.message));
  socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n'));
  await new Promise((resolve) => socket.once('close', resolve));
  return seen;
}

describe('a connection', () => {
  it('of a registered client is served over TLS 1.3', async () => {
    await using producer = await startProducer();
    expect(await get(producer.port, clientTlsOptions(client, 'localhost'))).toMatchObject({ status: 200, body: CRM });
    const socket = connect({ host: '127.0.0.1', port: producer.port, ...clientTlsOptions(client, 'localhost') });
    await once(socket, 'secureConnect');
    expect(socket.getProtocol()).toBe('TLSv1.3');
    socket.destroy();
  });

  it('without a client certificate never reaches the handler (attack 1)', async () => {
    await using producer = await startProducer();
    expect(await tryRaw(producer.port, {})).toMatchObject({ answer: '', alert: expect.stringContaining('certificate required') as string });
    expect(served).toBe(0);
  });

  it('with the same subject by a rogue authority never reaches the handler (attack 2)', async () => {
    const rogue = await (await testAuthority()).client();
    expect(certificateFacts(rogue.certificate).subject).toBe(certificateFacts(client.certificate).subject);
    await using producer = await startProducer();
    expect(await tryRaw(producer.port, { cert: rogue.certificate, key: rogue.key })).toMatchObject({ answer: '' });
    expect(await tryRaw(producer.port, { cert: rogue.certificate + rogue.ca, key: rogue.key })).toMatchObject({ answer: '' });
    expect(served).toBe(0);
  });

  it.each(['TLSv1.2', 'TLSv1.1', 'TLSv1'] as const)('over %s never reaches the handler (attack 3)', async (version) => {
    await using producer = await startProducer();
    const options = { cert: client.certificate, key: client.key, minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' };
    expect(await tryRaw(producer.port, options)).toMatchObject({ answer: '', alert: expect.stringContaining('alert protocol version') as string });
    expect(served).toBe(0);
  });

  it.each([
    ['expired (attack 4)', { notBeforeMs: Date.now() - 7_200_000, notAfterMs: Date.now() - 3_600_000 }],
    ['not valid yet', { notBeforeMs: Date.now() + 600_000, notAfterMs: Date.now() + 3_600_000 }],
    ["a server's, not a client's (attack 6)", { role: 'server' as const }],
  ])('whose certificate is %s never reaches the handler', async (_, asked) => {
    const other = await authority.client(asked);
    registry = certificateRegistry(other);
    await using producer = await startProducer();
    expect(await tryRaw(producer.port, { cert: other.certificate, key: other.key })).toMatchObject({ answer: '' });
    expect(served).toBe(0);
  });
});

describe('a request', () => {
  it('on a kept connection is refused once its certificate has expired (attack 4)', async () => {
    await using producer = await startProducer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...clientTlsOptions(client, 'localhost') });
    expect(await get(producer.port, { agent })).toMatchObject({ status: 200 });
    nowMs = certificateFacts(client.certificate).notAfterMs;
    expect(await get(producer.port, { agent })).toMatchObject({ status: 401, body: 'certificate-expired' });
    agent.destroy();
  });

  it('is refused when the registration is over before the certificate', async () => {
    const [entry] = registry.entries.values();
    if (entry) registry.entries.set(entry.thumbprint, { ...entry, notAfterMs: nowMs - 1 });
    await using producer = await startProducer();
    expect(await get(producer.port, clientTlsOptions(client, 'localhost'))).toMatchObject({ status: 401, body: 'certificate-expired' });
  });

  it('on a resumed session goes through a handshake of its own (attack 4)', async () => {
    await using producer = await startProducer();
    const options = { host: '127.0.0.1', port: producer.port, ...clientTlsOptions(client, 'localhost') };
    const first = connect(options);
    const [session] = (await once(first, 'session')) as [Buffer];
    first.destroy();
    const second = connect({ ...options, session });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(false);
    second.destroy();
  });

  it('on an open connection is refused once its certificate is revoked (attack 5)', async () => {
    await using producer = await startProducer();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ...clientTlsOptions(client, 'localhost') });
    expect(await get(producer.port, { agent })).toMatchObject({ status: 200 });
    for (const entry of registry.entries.values()) registry.entries.set(entry.thumbprint, { ...entry, state: 'revoked' });
    expect(await get(producer.port, { agent })).toMatchObject({ status: 401, body: 'certificate-revoked' });
    agent.destroy();
  });

  it('with a certificate of the authority that is not registered is refused (attack 6)', async () => {
    const other = await authority.client({ commonName: 'somebody else' });
    await using producer = await startProducer();
    expect(await get(producer.port, clientTlsOptions(other, 'localhost'))).toMatchObject({ status: 401, body: 'client-not-allowed' });
  });

  it('gains nothing by a header that names a certificate (attack 8)', async () => {
    const other = await authority.client({ commonName: 'somebody else' });
    await using producer = await startProducer();
    const headers = {
      'x-client-cert': encodeURIComponent(client.certificate),
      'client-cert': ':MIIB:',
      'x-forwarded-client-cert': `Cert="${encodeURIComponent(client.certificate)}"`,
    };
    expect(await get(producer.port, { ...clientTlsOptions(other, 'localhost'), headers })).toMatchObject({ status: 401, body: 'client-not-allowed' });
    expect(await codeOf(checkClientCertificate(new Socket(), registry, undefined, nowMs))).toBe('certificate-missing');
  });

  it('is refused even where the server lets every certificate in', async () => {
    const rogue = await (await testAuthority()).client();
    registry = certificateRegistry(rogue);
    await using careless = await startProducer(serverMaterial, { rejectUnauthorized: false });
    expect(await get(careless.port, { ...clientTlsOptions(rogue, 'localhost'), ca: authority.ca })).toMatchObject({ status: 401, body: 'certificate-missing' });
  });
});

describe('our client', () => {
  it.each([
    ['bears another name', () => authority.server({ dnsNames: ['other.test'], ipAddresses: [] })],
    ['is of another authority', async () => ({ ...(await (await testAuthority()).server()), ca: authority.ca })],
    ["is a client's", () => authority.server({ role: 'client' })],
    ['has expired', () => authority.server({ notBeforeMs: Date.now() - 7_200_000, notAfterMs: Date.now() - 3_600_000 })],
  ])('sends nothing to a server whose certificate %s (attack 7)', async (_, material) => {
    await using producer = await startProducer(await material());
    await expect(get(producer.port, clientTlsOptions(client, 'localhost'))).rejects.toThrow();
    expect(served).toBe(0);
  });

  it('sends nothing to a server that speaks TLS 1.2 only', async () => {
    await using producer = await startProducer();
    producer.server.setSecureContext({ ...serverTlsOptions(serverMaterial), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    await expect(get(producer.port, clientTlsOptions(client, 'localhost'))).rejects.toThrow();
    expect(served).toBe(0);
  });
});

describe('the files of a side', () => {
  it('are read, and refused where one is missing or the key lies open', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidegate-tls-'));
    try {
      const files = { ca: join(folder, 'ca.pem'), certificate: join(folder, 'certificate.pem'), key: join(folder, 'key.pem') };
      expect(await codeOf(readTlsMaterial(files))).toBe('configuration-invalid');
      await Promise.all([writeFile(files.ca, client.ca), writeFile(files.certificate, client.certificate), writeSecretFile(files.key, client.key)]);
      expect(await readTlsMaterial(files)).toEqual(client);
      await chmod(files.key, 0o644);
      expect(await codeOf(readTlsMaterial(files))).toBe('configuration-invalid');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('tell when they expire', () => {
    expect(ownCertificateExpiresAtMs(client)).toBe(certificateFacts(client.certificate).notAfterMs);
  });
});
