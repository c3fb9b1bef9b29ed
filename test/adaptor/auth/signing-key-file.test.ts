import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecretFile, writeSecretFile } from '../../../files/secret-file.ts';
import { ensureSigningKeys, loadSigningKey, loadSigningKeys } from '../../../adaptor/auth/signing-key-file.ts';
import { createPrivateJwk } from '../../../adaptor/auth/signing-key.ts';
import { partyId } from '../../../exchange/claims.ts';
import { codeOf } from '../../support/code-of.ts';
import { CRM, OTHER_LINK } from './sample-link.ts';

const OTHER = partyId('crm', OTHER_LINK);
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidegate-keys-'));
  file = join(folder, 'inner', 'signing-key.json');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file of signing keys', () => {
  it('is made for its owner only, and keeps its keys when asked again', async () => {
    const made = await ensureSigningKeys(file, [CRM]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'inner'))).mode & 0o777).toBe(0o700);
    expect((await ensureSigningKeys(file, [CRM])).get(CRM)?.kid).toBe(made.get(CRM)?.kid);
    expect((await loadSigningKey(file)).kid).toBe(made.get(CRM)?.kid);
    expect(await readdir(join(folder, 'inner'))).toEqual(['signing-key.json']);
  });

  it('gets a key for each new party, and the old ones stay', async () => {
    const one = await ensureSigningKeys(file, [CRM]);
    const two = await ensureSigningKeys(file, [CRM, OTHER]);
    expect(two.get(CRM)?.kid).toBe(one.get(CRM)?.kid);
    expect([...(await loadSigningKeys(file)).keys()]).toEqual([CRM, OTHER]);
    expect((await loadSigningKey(file, OTHER)).party).toBe(OTHER);
    expect(await codeOf(loadSigningKey(file))).toBe('configuration-invalid');
    expect(await codeOf(loadSigningKey(file, 'crm:a/b/c'))).toBe('configuration-invalid');
  });

  it.each([
    ['no JSON', 'x'],
    ['another key', JSON.stringify({ kty: 'RSA' })],
    ['a public key', JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43), kid: 'A'.repeat(43), party: CRM })],
    ['no keys', JSON.stringify({ keys: [] })],
  ])('is refused with %s', async (_, text) => {
    await writeSecretFile(file, text);
    expect(await codeOf(loadSigningKeys(file))).toBe('configuration-invalid');
  });

  it('is refused with two keys for a party, and its errors tell nothing of them', async () => {
    const [one, two] = await Promise.all([createPrivateJwk(CRM), createPrivateJwk(CRM)]);
    for (const wrong of [{ keys: [one, two] }, { keys: [{ ...one, extra: 1 }] }, { ...one, d: two.d }, { ...one, kid: two.kid }]) {
      await writeSecretFile(file, JSON.stringify(wrong));
      const error: unknown = await loadSigningKeys(file).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'configuration-invalid' });
      for (const secret of [one.d, two.d]) expect(String(error)).not.toContain(secret);
    }
  });
});

describe('a secret file', () => {
  it.skipIf(process.platform === 'win32').each([0o644, 0o604, 0o660, 0o602, 0o620])('is refused with mode %o', async (mode) => {
    await writeSecretFile(file, 'secret');
    await chmod(file, mode);
    expect(await codeOf(readSecretFile(file))).toBe('configuration-invalid');
  });

  it('may be read by its group, as mounted secrets are', async () => {
    await writeSecretFile(file, 'secret');
    await chmod(file, 0o440);
    expect(await readSecretFile(file)).toBe('secret');
  });

  it('becomes closed when it is written over an open one', async () => {
    const open = join(folder, 'open');
    await writeFile(open, 'old', { mode: 0o644 });
    await writeSecretFile(open, 'new');
    expect((await stat(open)).mode & 0o777).toBe(0o600);
    expect(await readFile(open, 'utf8')).toBe('new');
  });

  it('is told as missing', async () => {
    expect(await codeOf(readSecretFile(file))).toBe('configuration-invalid');
  });
});
