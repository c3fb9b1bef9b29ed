import { createPrivateKey } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { readRevocationList } from '../../adaptor/auth/revocation-list.ts';
import type { TlsMaterial } from '../../adaptor/auth/tls.ts';
import { assertCertificates, assertPrivateKey } from '../../files/pem-file.ts';
import { codeOf } from '../support/code-of.ts';
import { type TestAuthority, createTestAuthority } from '../support/test-pki.ts';

let authority: TestAuthority;
let other: TestAuthority;
let own: TlsMaterial;
beforeAll(async () => {
  [authority, other] = await Promise.all([createTestAuthority(), createTestAuthority('other')]);
  own = await authority.client();
});

const told = async (check: () => unknown): Promise<string> => {
  try {
    await check();
    return 'nothing';
  } catch (error) {
    expect(await codeOf(Promise.reject(error))).toBe('configuration-invalid');
    return (error as Error).message;
  }
};
const certificates = (pem: string) => told(() => assertCertificates(pem, '/etc/a.pem', 'TIDEGATE_TLS_CA'));
const key = (pem: string, certificate?: string) => told(() => assertPrivateKey(pem, '/etc/a.key', certificate === undefined ? {} : { certificate }));

describe('certificates in a file', () => {
  it('may be several, with words between them', async () => {
    expect(await certificates(`Ours:\n${authority.certificatePem}\nTheirs:\r\n${other.certificatePem}`)).toBe('nothing');
  });

  it('are believed all or none: a list that was cut short, or in which one is damaged, is refused', async () => {
    const both = authority.certificatePem + other.certificatePem;
    expect(await certificates(both.slice(0, -40))).toContain('TIDEGATE_TLS_CA: /etc/a.pem is cut short');
    const damaged = authority.certificatePem + other.certificatePem.replace(/\n.{20}/, `\n${'A'.repeat(20)}`);
    expect(await certificates(damaged)).toContain('certificate 2 of 2 in it is damaged');
    expect(await certificates(own.key)).toContain('/etc/a.pem holds no certificate in PEM');
  });
});

describe('a private key in a file', () => {
  it('is the one of its certificate', async () => {
    expect(await key(own.key)).toBe('nothing');
    expect(await key(own.key, own.certificate)).toBe('nothing');
    expect(await key((await authority.client()).key, own.certificate)).toContain('/etc/a.key holds the key of another certificate');
  });

  it('has no passphrase, for nobody is there to type it', async () => {
    const locked = createPrivateKey(own.key).export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' });
    for (const wrong of [String(locked), own.certificate, own.key.slice(0, 100)]) {
      const message = await key(wrong, own.certificate);
      expect(message).toContain('/etc/a.key holds no private key in PEM without a passphrase');
      expect(message).not.toContain(wrong.slice(40, 60));
    }
  });
});

it('revocation lists in a file count all or none: what one of them revokes would be believed otherwise', async () => {
  const lists = `${await authority.revoke([])}\n${await other.revoke([own.certificate])}`;
  const believed = authority.certificatePem + other.certificatePem;
  expect(await told(() => readRevocationList(lists, believed, '/etc/crl.pem'))).toBe('nothing');
  expect(await told(() => readRevocationList(lists.slice(0, -30), believed, '/etc/crl.pem'))).toContain('/etc/crl.pem is cut short');
  expect(await told(() => readRevocationList(lists, authority.certificatePem, '/etc/crl.pem'))).toContain('/etc/crl.pem is not signed by the authority');
});
