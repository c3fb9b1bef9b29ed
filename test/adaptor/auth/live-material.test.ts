import { mkdtempSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLiveSigningKeys } from '../../../adaptor/auth/live-signing-keys.ts';
import { type LiveTls, openLiveTls } from '../../../adaptor/auth/live-tls.ts';
import { readRevocationList } from '../../../adaptor/auth/revocation-list.ts';
import { ensureNextKey, ensureSigningKeys, findNextKey, loadSigningKey, nextKeyFile, takeNextKey } from '../../../adaptor/auth/signing-key-file.ts';
import type { TlsMaterial } from '../../../adaptor/auth/tls.ts';
import { codeOf } from '../../support/code-of.ts';
import { type TestAuthority, createTestAuthority } from '../../support/test-pki.ts';
import { CLOUD, CRM } from './sample-link.ts';

let folder: string;
let authority: TestAuthority;
let told: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-live-'));
  authority = await createTestAuthority();
  told = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const file = (name: string): string => join(folder, name);
const observer = { taken: () => void told.push('taken'), refused: ({ code }: { code: string }) => void told.push(code) };

/** A new file: a mode is heeded only where a file is made. */
function write(name: string, text: string): void {
  rmSync(file(name), { force: true });
  writeFileSync(file(name), text, { mode: 0o600 });
}

function writeAll({ ca, certificate, key }: TlsMaterial, crl?: string): TlsMaterial {
  write('ca.pem', ca);
  write('certificate.pem', certificate);
  write('key.pem', key);
  if (crl !== undefined) write('crl.pem', crl);
  return { ca: file('ca.pem'), certificate: file('certificate.pem'), key: file('key.pem'), ...(crl === undefined ? {} : { crl: file('crl.pem') }) };
}

function openToAll(name: string): void {
  const text = readFileSync(file(name));
  unlinkSync(file(name));
  writeFileSync(file(name), text, { mode: 0o644 });
}

/** An hour between looks: the test says when. */
const open = (files: TlsMaterial): Promise<LiveTls> => openLiveTls(files, observer, { intervalMs: 3_600_000 });

describe('certificate files', () => {
  it('are taken up when both halves are there, and not before', async () => {
    const [first, second] = [await authority.client(), await authority.client()];
    using live = await open(writeAll(first));
    await live.look();
    expect([live.material.certificate, told]).toEqual([first.certificate, []]);
    write('key.pem', second.key);
    await live.look();
    await live.look();
    expect([live.material.key, live.inStep, told]).toEqual([first.key, false, ['configuration-invalid']]);
    write('certificate.pem', second.certificate);
    await live.look();
    expect([live.material.certificate, live.material.key, live.inStep]).toEqual([second.certificate, second.key, true]);
    expect(told).toEqual(['configuration-invalid', 'taken']);
  });

  it('are followed by themselves, also through a link that is turned (mounted secrets)', async () => {
    const [first, second] = [await authority.client(), await authority.client()];
    const files = writeAll(first);
    write('second.pem', second.certificate);
    write('second.key', second.key);
    using live = await openLiveTls(files, observer, { intervalMs: 20 });
    unlinkSync(file('certificate.pem'));
    symlinkSync(file('second.pem'), file('certificate.pem'));
    unlinkSync(file('key.pem'));
    symlinkSync(file('second.key'), file('key.pem'));
    await expect.poll(() => live.material.certificate).toBe(second.certificate);
  });

  it.each([
    ['garbage', 'configuration-invalid', async () => write('certificate.pem', 'garbage')],
    ['nothing', 'configuration-invalid', async () => unlinkSync(file('certificate.pem'))],
    ['an authority that is none', 'configuration-invalid', async () => write('ca.pem', '')],
    ['a key that others can read', 'configuration-invalid', async () => openToAll('key.pem')],
    [
      'a certificate that has expired',
      'certificate-expired',
      async () => void writeAll(await authority.client({ notBeforeMs: Date.now() - 7_200_000, notAfterMs: Date.now() - 3_600_000 })),
    ],
    ['a list of another authority', 'configuration-invalid', async () => write('crl.pem', await (await createTestAuthority()).revoke([]))],
    ['a list that is none', 'configuration-invalid', async () => write('crl.pem', 'nothing revoked, honestly')],
  ])('that hold %s leave the old ones in use', async (_what, code, spoil) => {
    const first = await authority.client();
    using live = await open(writeAll(first, await authority.revoke([])));
    await spoil();
    await live.look();
    expect([live.material.certificate, live.inStep, told]).toEqual([first.certificate, false, [code]]);
    // And they are taken as soon as they are mended.
    const next = await authority.client();
    writeAll(next, await authority.revoke([]));
    await live.look();
    expect([live.material.certificate, live.inStep]).toEqual([next.certificate, true]);
  });

  it('have to be good at the start', async () => {
    expect(await codeOf(open({ ...writeAll(await authority.client()), certificate: file('missing.pem') }))).toBe('configuration-invalid');
  });
});

describe('a revocation list', () => {
  it('names certificates of its authority, and is reloaded', async () => {
    const [one, two] = [await authority.client(), await authority.client()];
    const isRevoked = ({ certificate }: TlsMaterial): boolean => live.revocations.isRevoked(new X509Certificate(certificate));
    using live = await open(writeAll(one, await authority.revoke([])));
    expect([isRevoked(one), isRevoked(two)]).toEqual([false, false]);
    write('crl.pem', await authority.revoke([one.certificate]));
    await live.look();
    expect([isRevoked(one), isRevoked(two)]).toEqual([true, false]);
    // The same serial number of another authority is another certificate.
    expect(isRevoked(await (await createTestAuthority('other')).client())).toBe(false);
  });

  it('goes on refusing what it names when it is stale, and says until when it was promised', async () => {
    const one = await authority.client();
    const nextUpdateMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
    const list = await readRevocationList(await authority.revoke([one.certificate], nextUpdateMs), authority.certificatePem);
    expect(list.nextUpdateMs).toBe(nextUpdateMs);
    expect(list.isRevoked(new X509Certificate(one.certificate))).toBe(true);
  });
});

describe('signing keys', () => {
  it('change when the next one is taken, in the process that runs', async () => {
    const name = file('keys.json');
    const before = (await ensureSigningKeys(name, [CRM, CLOUD])).get(CRM);
    using live = await openLiveSigningKeys(name, observer, { intervalMs: 3_600_000 });
    const next = await ensureNextKey(name, CRM);
    expect((await ensureNextKey(name, CRM)).kid).toBe(next.kid);
    expect((await findNextKey(name, CLOUD))?.kid).toBeUndefined();
    await live.look();
    expect(live.get(CRM)?.kid).toBe(before?.kid);
    expect((await takeNextKey(name, CRM)).kid).toBe(next.kid);
    await live.look();
    expect([live.get(CRM)?.kid, told]).toEqual([next.kid, ['taken']]);
    expect(await codeOf(takeNextKey(name, CRM))).toBe('bad-request');
    expect((await loadSigningKey(name, CLOUD)).kid).toBe(live.get(CLOUD)?.kid);
  });

  it('are not made twice of one next key where taking it was interrupted', async () => {
    const name = file('keys.json');
    await ensureSigningKeys(name, [CRM]);
    const next = await ensureNextKey(name, CRM);
    const left = nextKeyFile(name);
    const text = readFileSync(left, 'utf8');
    await takeNextKey(name, CRM);
    write('keys.next.json', text);
    expect((await ensureNextKey(name, CRM)).kid).not.toBe(next.kid);
  });

  it.each([
    ['garbage', () => write('keys.json', '{')],
    ['no key of a party that signs', async () => void (await takeOther())],
  ])('of a file with %s are not taken', async (_what, spoil) => {
    const name = file('keys.json');
    const before = (await ensureSigningKeys(name, [CRM])).get(CRM);
    using live = await openLiveSigningKeys(name, observer, { intervalMs: 3_600_000 });
    await spoil();
    await live.look();
    expect([live.get(CRM)?.kid, live.inStep, told]).toEqual([before?.kid, false, ['configuration-invalid']]);
  });

  async function takeOther(): Promise<void> {
    await ensureSigningKeys(file('other.json'), [CLOUD]);
    write('keys.json', readFileSync(file('other.json'), 'utf8'));
  }
});
