import { X509Certificate, createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { createAuthority, issueCertificate } from '../../../adaptor/auth/certificate-authority.ts';
import type { IssuedCertificate } from '../../../adaptor/auth/certificate-authority.ts';
import { certificateFacts, daysToExpiry, thumbprint } from '../../../adaptor/auth/certificate.ts';
import { NOW_MS } from './sample-link.ts';

const DAY_MS = 86_400_000;
const times = { notBeforeMs: NOW_MS, notAfterMs: NOW_MS + 10 * DAY_MS };
let authority: IssuedCertificate;

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'an authority, O=not a part', ...times });
});

describe('a certificate', () => {
  it('is issued by its authority, with its key, names, role and times', async () => {
    const { certificatePem, keyPem } = await issueCertificate(authority, {
      commonName: 'x',
      role: 'server',
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      ...times,
    });
    const [ca, certificate] = [new X509Certificate(authority.certificatePem), new X509Certificate(certificatePem)];
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect([certificate.checkHost('localhost'), certificate.checkIP('127.0.0.1'), certificate.checkIP('::1'), certificate.checkHost('elsewhere')]).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
      undefined,
    ]);
    expect([ca.ca, certificate.ca]).toEqual([true, false]);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificateFacts(certificate)).toMatchObject(times);
  });

  it('takes no character of a name for syntax', () => {
    expect(new X509Certificate(authority.certificatePem).subject).toBe('CN=an authority\\, O=not a part');
  });

  it('has a serial number and a key of its own', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(
        async () => new X509Certificate((await issueCertificate(authority, { commonName: 'x', role: 'client', dnsNames: ['x'], ...times })).certificatePem),
      ),
    );
    expect(one?.serialNumber).not.toBe(two?.serialNumber);
    expect(one?.publicKey.equals(two?.publicKey ?? createPrivateKey(authority.keyPem))).toBe(false);
    expect(one?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
  });
});

describe('facts of a certificate', () => {
  it('are the same from PEM, DER and what Node has, and the thumbprint is the SHA-256 of its bytes', () => {
    const parsed = new X509Certificate(authority.certificatePem);
    const hex = parsed.fingerprint256.replaceAll(':', '');
    expect(thumbprint(parsed)).toBe(Buffer.from(hex, 'hex').toString('base64url'));
    for (const form of [authority.certificatePem, parsed.raw]) expect(certificateFacts(form)).toEqual(certificateFacts(parsed));
  });

  it.each([
    [0, 10],
    [1, 9],
    [9 * DAY_MS, 1],
    [9 * DAY_MS + 1, 0],
    [10 * DAY_MS + 1, -1],
  ])('%i ms later %i days are left', (later, days) => {
    expect(daysToExpiry(certificateFacts(authority.certificatePem), NOW_MS + later)).toBe(days);
  });
});
