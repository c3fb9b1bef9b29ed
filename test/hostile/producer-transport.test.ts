import { type AddressInfo, connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPlainListener } from '../../cloud/producer/plain-listener.ts';
import { PATHS } from '../../exchange/protocol.ts';
import { NO_REVOCATIONS, type RevocationList, readRevocationList } from '../../adaptor/auth/revocation-list.ts';
import { clientTlsOptions } from '../../adaptor/auth/tls.ts';
import { producerCertificateCheck } from '../../adaptor/auth/server-certificate.ts';
import { thumbprint } from '../../adaptor/auth/certificate.ts';
import { registerCertificate, revokeCertificate } from '../../adaptor/auth/register.ts';
import { createServer } from 'node:https';
import { codeOf } from '../support/code-of.ts';
import { auditedCodes, expectRefused, send, storeState } from '../support/producer-requests.ts';
import { createTestAuthority } from '../support/test-pki.ts';
import { type TestProducer, startTestProducer } from '../support/test-producer.ts';

let producer: TestProducer;
let before: string;
let revocations: RevocationList = NO_REVOCATIONS;
beforeAll(async () => {
  producer = await startTestProducer({ revocations: () => revocations });
});
afterAll(() => producer[Symbol.asyncDispose]());
beforeEach(async () => {
  await producer.admin.query('truncate tidegate.audit_event');
  before = await storeState(producer.admin);
});

/** The connection ends without an HTTP answer, and no handler ran: nothing changed and nothing was even audited. */
async function expectNoAnswer(attempt: Promise<unknown>): Promise<void> {
  await expect(attempt).rejects.toThrow();
  expect(await auditedCodes(producer.admin)).toEqual([]);
  expect(await storeState(producer.admin)).toBe(before);
}

const health = (tls: TestProducer['crmTls'] | null, headers = {}) => send(producer, { method: 'GET', path: PATHS.health, tls, headers });

describe('a connection to the producer', () => {
  it('is answered with a registered certificate of the authority', async () => {
    const answer = await health(producer.crmTls);
    expect(answer.status).toBe(200);
    const [timeMs, storeTimeMs, postgres] = [expect.any(Number), expect.any(Number), expect.any(String)];
    const versions = { node: process.versions.node, postgres };
    // All that it tells of itself: nothing of what it holds.
    expect(JSON.parse(answer.body)).toEqual({ status: 'up', protocol: 1, accepts: [1], timeMs, storeTimeMs, versions });
  });

  it('is refused without a client certificate, whatever a header claims', async () => {
    await expectNoAnswer(health(null));
    const pem = encodeURIComponent(producer.crmTls.certificate);
    await expectNoAnswer(health(null, { 'x-forwarded-client-cert': pem, 'x-ssl-client-cert': pem, 'ssl-client-verify': 'SUCCESS' }));
  });

  it('is refused with a certificate of another authority, even of the same names', async () => {
    const rogue = await createTestAuthority();
    const tls = await rogue.client();
    await producer.registerCertificate(tls.certificate, producer.crmKey.party);
    before = await storeState(producer.admin);
    await expectNoAnswer(health(tls));
  });

  it('is refused with a server’s certificate and with an expired one', async () => {
    await expectNoAnswer(health(await producer.authority.server()));
    await expectNoAnswer(health(await producer.authority.client({ notBeforeMs: Date.now() - 7_200_000, notAfterMs: Date.now() - 60_000 })));
  });

  it('is refused below TLS 1.3', async () => {
    const { ca, certificate, key } = producer.crmTls;
    const handshake = new Promise((resolve, reject) => {
      const socket = connectTls({ host: '127.0.0.1', port: producer.port, ca, cert: certificate, key, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, () =>
        resolve(socket.getProtocol()),
      );
      socket.on('error', reject);
    });
    await expectNoAnswer(handshake);
  });

  it('is refused where the certificate is of the authority but not registered', async () => {
    const stranger = await producer.authority.client({ commonName: 'stranger' });
    expectRefused(await health(stranger), 'client-not-allowed');
    expect(await auditedCodes(producer.admin)).toEqual(['client-not-allowed']);
    expect(await storeState(producer.admin)).toBe(before);
  });

  it('is refused at the next request once its certificate is revoked, also when it is kept', async () => {
    const { key, tls } = await producer.registerParty({ ...producer.link, link: 'revoked' });
    const client = producer.client({
      tls: clientTlsOptions(tls, '127.0.0.1'),
      auth: { createAssertion: async () => key.kid, createProof: async () => key.kid },
    });
    await client.health();
    await producer.admin.query(`update tidegate.trusted_certificate set state = 'revoked' where party = $1`, [key.party]);
    expect(await codeOf(client.health())).toBe('certificate-revoked');
  });

  it('is refused at the next request once its authority revokes its certificate, also when it is kept', async () => {
    const tls = await producer.authority.client({ commonName: 'on the list' });
    await producer.registerCertificate(tls.certificate, producer.crmKey.party);
    const client = producer.client({ tls: clientTlsOptions(tls, '127.0.0.1') });
    await client.health();
    try {
      revocations = await readRevocationList(await producer.authority.revoke([tls.certificate]), producer.authority.certificatePem);
      expect(await codeOf(client.health())).toBe('certificate-revoked');
      expectRefused(await health(tls), 'certificate-revoked');
      expect((await health(producer.crmTls)).status).toBe(200);
    } finally {
      revocations = NO_REVOCATIONS;
    }
  });

  it('is refused at the next request once its certificate expires, also when it is kept', async () => {
    const tls = await producer.authority.client({ notAfterMs: Math.ceil(Date.now() / 1000 + 4) * 1000 });
    await producer.registerCertificate(tls.certificate, producer.crmKey.party);
    const client = producer.client({ tls: clientTlsOptions(tls, '127.0.0.1') });
    await client.health();
    await expect.poll(() => codeOf(client.health()), { timeout: 20_000, interval: 200 }).toBe('certificate-expired');
  });
});

describe('plain http', () => {
  it('is answered with 308 to https, and nothing of it is processed', async () => {
    const plain = createPlainListener(() => producer.url);
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    const { port } = plain.address() as AddressInfo;
    try {
      for (const [method, path] of [
        ['GET', PATHS.health],
        ['POST', PATHS.token],
        ['PUT', PATHS.window('acme/test/hub', 'contacts', 1)],
      ] as const) {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
          method,
          redirect: 'manual',
          ...(method === 'GET' ? {} : { body: 'grant_type=client_credentials' }),
        });
        expect(answer.status).toBe(308);
        expect(answer.headers.get('location')).toBe(`${producer.url}${path}`);
        expect(await answer.text()).toContain('No update was performed.');
      }
      // The address is the producer's own, not what the request names.
      const hostile = await rawHttp(port, 'GET //evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n');
      expect(hostile).toContain('HTTP/1.1 308');
      expect(hostile.toLowerCase()).toContain(`location: ${producer.url}/`);
      expect(await auditedCodes(producer.admin)).toEqual([]);
      expect(await storeState(producer.admin)).toBe(before);
    } finally {
      plain.closeAllConnections();
      plain.close();
    }
  });

  it('spoken to the https port gets no answer that could be taken for one', async () => {
    expect(await rawHttp(producer.port, 'GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n')).not.toContain('200');
    expect(await storeState(producer.admin)).toBe(before);
  });
});

describe('the consumer’s client', () => {
  it('believes the producer’s certificate only while it is neither revoked nor another than the registered one', async () => {
    const { pool, party } = { pool: producer.admin, party: 'cloud:acme/test/hub' };
    const asking = (list: () => RevocationList = () => NO_REVOCATIONS) => producer.client({ checkServer: producerCertificateCheck(pool, party, list) });
    const shown: string[] = [];
    const looking = producer.client({ checkServer: async (certificate) => void shown.push(certificate.toString()) });
    await looking.health();
    const [own = ''] = shown;
    expect(await codeOf(asking().health())).toBe('accepted');

    // As soon as a certificate of the party is registered, it is that one.
    const registration = { subject: 'CN=producer', notAfterMs: Date.now() + 3_600_000 };
    await registerCertificate(pool, { ...registration, thumbprint: 'o'.repeat(43), party: 'cloud:acme/test' });
    expect(await codeOf(asking().health())).toBe('client-not-allowed');
    await revokeCertificate(pool, 'o'.repeat(43));
    expect(await codeOf(asking().health())).toBe('client-not-allowed');
    await registerCertificate(pool, { ...registration, thumbprint: thumbprint(own), party: 'cloud:acme' });
    const kept = asking();
    expect(await codeOf(kept.health())).toBe('accepted');

    const list = await readRevocationList(await producer.authority.revoke([own]), producer.authority.certificatePem);
    expect(await codeOf(asking(() => list).health())).toBe('certificate-revoked');
    await revokeCertificate(pool, thumbprint(own));
    // On the connection that is kept too, within a second.
    await expect.poll(() => codeOf(kept.health()), { timeout: 10_000, interval: 50 }).toBe('certificate-revoked');
    await pool.query(`delete from tidegate.trusted_certificate where party like 'cloud:%'`);
  });

  it('sends nothing on a kept connection once the producer’s certificate has expired', async () => {
    const notAfterMs = Math.ceil(Date.now() / 1000 + 4) * 1000;
    const { certificate, key } = await producer.authority.server(['localhost'], { notAfterMs });
    // It offers tickets, as most servers do: a resumed session would not show its certificate.
    const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.3' }, (_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const client = producer.client({ baseUrl: `https://127.0.0.1:${(server.address() as AddressInfo).port}` });
      await client.health();
      await expect.poll(() => codeOf(client.health()), { timeout: 20_000, interval: 100 }).toBe('connection-failed');
      // Not before: new connections showed their certificate too.
      expect(Date.now()).toBeGreaterThanOrEqual(notAfterMs);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('presents another certificate from the next request on, with a token of its own, and lets the others end', async () => {
    const next = await producer.authority.client({ commonName: 'renewed' });
    await producer.registerCertificate(next.certificate, producer.crmKey.party);
    const client = producer.client();
    await client.requestToken({ operations: ['open'], collections: ['contacts'] });
    const many = Array.from({ length: 20 }, () => codeOf(client.health()));
    client.renew(clientTlsOptions(next, '127.0.0.1'));
    await revokeCertificate(producer.admin, 'nobody');
    expect(new Set(await Promise.all(many))).toEqual(new Set(['accepted']));
    // The opening is no opening, but the token is that of the certificate: a token of the old one would be a proof-mismatch.
    expect(await codeOf(client.open('no opening', ['contacts']))).toBe('invalid-token');
  });

  it('does not talk to a server of another name or authority, nor below TLS 1.3', async () => {
    const rogue = await createTestAuthority();
    const wrong = [
      await producer.authority.server(['other.example']),
      await rogue.server(),
      { ...(await producer.authority.server()), maxVersion: 'TLSv1.2' as const },
    ];
    for (const { certificate, key, ...rest } of wrong) {
      let asked = false;
      const server = createServer({ cert: certificate, key, ...('maxVersion' in rest ? { maxVersion: rest.maxVersion } : {}) }, (_request, response) => {
        asked = true;
        response.end('{}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      expect(await codeOf(producer.client({ baseUrl: `https://127.0.0.1:${port}` }).health())).toBe('connection-failed');
      expect(asked).toBe(false);
      server.closeAllConnections();
      server.close();
    }
  });
});

function rawHttp(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (piece: Buffer) => (answer += piece.toString('latin1')));
    socket.on('close', () => resolve(answer));
    socket.on('error', () => resolve(answer));
  });
}
