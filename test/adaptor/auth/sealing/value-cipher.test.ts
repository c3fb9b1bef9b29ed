import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addSealKey, ensureSealKeys, fileKeyWrapper, listSealKeys, removeSealKey } from '../../../../adaptor/auth/sealing/seal-key-file.ts';
import { valueCipher } from '../../../../adaptor/auth/sealing/value-cipher.ts';
import { parseSealed } from '../../../../exchange/sealed.ts';
import { memoryKeys } from '../../../support/seal-keys.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keys-'));
  file = join(folder, 'crm', 'seal-keys.json');
  await ensureSealKeys(file);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const place = { tenant: 'acme', environment: 'test', link: 'hub', collection: 'people', key: ['1', 'a'], field: 'note', version: 3 };
const parsed = (token: string) => {
  const parts = parseSealed(token);
  if (parts === undefined) throw new Error(`no sealed value: ${token}`);
  return parts;
};

describe.each(['a key file', 'another service'])('a value sealed with %s', (kind) => {
  const cipher = () => valueCipher(kind === 'a key file' ? fileKeyWrapper(file) : keys);
  const keys = memoryKeys();

  it('opens to what it was, whatever it was, and never looks the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const [one, two] = [await cipher().seal(text, place), await cipher().seal(text, place)];
        expect(one).not.toBe(two);
        expect(await cipher().open(parsed(one), place)).toBe(text);
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, Partial<typeof place>]>([
    ['tenant', { tenant: 'other' }],
    ['environment', { environment: 'production' }],
    ['link', { link: 'other' }],
    ['collection', { collection: 'other' }],
    ['record', { key: ['1', 'b'] }],
    ['record whose key only looks the same joined', { key: ['1,a'] }],
    ['field', { field: 'other' }],
  ])('does not open for another %s', async (_, other) => {
    const token = parsed(await cipher().seal('secret', place));
    await expect(cipher().open(token, { ...place, ...other })).rejects.toMatchObject({ code: 'sealed-value-refused' });
    await expect(cipher().open({ ...token, version: 4 }, place)).rejects.toMatchObject({ code: 'sealed-value-refused' });
  });

  it('does not open with a single character changed', async () => {
    const token = await cipher().seal('a secret text', place);
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...'ABCxyz019-_:'), async (at, character) => {
        const altered = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
        fc.pre(altered !== token);
        const parts = parseSealed(altered);
        if (parts === undefined) return;
        const code = await cipher()
          .open(parts, place)
          .then(() => 'opened')
          .catch((error: { code: string; message: string }) => {
            expect(error.message).not.toContain('secret');
            return error.code;
          });
        expect(['sealed-value-refused', 'sealed-key-missing']).toContain(code);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the key file', () => {
  it('is its owner’s only, and is not read where it is open to others', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    await expect(listSealKeys(file)).rejects.toMatchObject({ code: 'configuration-invalid' });
    await chmod(file, 0o600);
  });

  it('opens under old keys, seals under the current one, and opens no more what is under a key that was taken out', async () => {
    const cipher = valueCipher(fileKeyWrapper(file));
    const old = await cipher.seal('text', place);
    const keyId = await addSealKey(file);
    expect(await cipher.currentKeyId()).toBe(keyId);
    expect(parsed(await cipher.seal('text', place)).keyId).toBe(keyId);
    expect(await cipher.open(parsed(old), place)).toBe('text');
    await removeSealKey(file, parsed(old).keyId);
    await cipher.currentKeyId();
    await expect(cipher.open(parsed(old), place)).rejects.toMatchObject({ code: 'sealed-key-missing' });
    await expect(removeSealKey(file, keyId)).rejects.toMatchObject({ code: 'bad-request' });
    await expect(removeSealKey(file, 'none')).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('stays as it is where it is there already', async () => {
    const before = await readFile(file, 'utf8');
    await ensureSealKeys(file);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it.each([
    ['no JSON', 'secret-material {'],
    ['no keys', '{"current":"a","keys":[]}'],
    [
      'a current key that is not there',
      JSON.stringify({ current: 'b', keys: [{ kty: 'oct', kid: 'a', k: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z' }] }),
    ],
    ['a short key', JSON.stringify({ current: 'a', keys: [{ kty: 'oct', kid: 'a', k: 'secret-material', createdAt: '2026-01-01T00:00:00Z' }] })],
  ])('with %s is refused, and nothing of it is told', async (_, text) => {
    const broken = join(folder, 'broken.json');
    await writeFile(broken, text, { mode: 0o600 });
    const error = await listSealKeys(broken).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'configuration-invalid' });
    expect(String(error)).not.toContain('secret-material');
  });
});
