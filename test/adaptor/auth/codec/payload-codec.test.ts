import { chmod, copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Payload, defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addCodecKey, ensureCodecKeys, listCodecKeys, makeCodecKeyCurrent, removeCodecKey } from '../../../../adaptor/auth/codec/codec-key-file.ts';
import { type TemporalCodec, keyIdOf, openCodec } from '../../../../adaptor/auth/codec/payload-codec.ts';
import { fromPayloadJson, payloadJsonSchema, toPayloadJson } from '../../../../adaptor/auth/codec/payload-json.ts';
import { codeOf } from '../../../support/code-of.ts';
import { metadataOf, payloadOf } from '../../../support/payloads.ts';

let folder: string;
let file: string;
let codec: TemporalCodec;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'codec-'));
  file = join(folder, 'crm', 'codec-keys.json');
  await ensureCodecKeys(file);
  codec = await openCodec(file);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const encode = async (payload: Payload, by: TemporalCodec = codec): Promise<Payload> => (await by.encode([payload]))[0] ?? {};
const decode = async (payload: Payload, by: TemporalCodec = codec): Promise<unknown> =>
  defaultPayloadConverter.fromPayload((await by.decode([payload]))[0] ?? {});
const currentKey = async (): Promise<string> => (await listCodecKeys(file)).find(({ current }) => current)?.keyId ?? '';

describe('an encoded payload', () => {
  it('is the value again, whatever it was, and shows nothing of it, nor looks the same twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json().map((text) => JSON.parse(text) as unknown),
          fc.uint8Array(),
          fc.constant(undefined),
        ),
        async (value) => {
          const plain = payloadOf(value);
          const [one, two] = [await encode(plain), await encode(plain)];
          expect(await decode(one)).toEqual(value);
          expect(Buffer.from(one.data ?? []).equals(Buffer.from(two.data ?? []))).toBe(false);
          expect(Object.keys(one.metadata ?? {}).toSorted()).toEqual(['encoding', 'encryption-cipher', 'encryption-key-id']);
          if ((plain.data?.length ?? 0) > 3) expect(Buffer.from(one.data ?? []).includes(Buffer.from(plain.data ?? []))).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says under which key it is, in the open, and is not encoded twice', async () => {
    const payload = await encode(payloadOf('a reference'));
    expect(metadataOf(payload, 'encoding')).toBe('binary/encrypted');
    expect(metadataOf(payload, 'encryption-key-id')).toBe(await currentKey());
    expect(await codec.encode([payload])).toEqual([payload]);
  });

  it('does not open with a bit changed, cut, empty, or under the id of another key', async () => {
    const payload = await encode(payloadOf('a reference'));
    const data = Buffer.from(payload.data ?? []);
    await fc.assert(
      fc.asyncProperty(fc.nat(data.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const altered = Buffer.from(data);
        altered[at] = (altered[at] ?? 0) ^ change;
        expect(await codeOf(decode({ ...payload, data: altered }))).toBe('codec-payload-damaged');
      }),
      { numRuns: 60 },
    );
    for (const damaged of [data.subarray(0, 20), Buffer.alloc(0)]) expect(await codeOf(decode({ ...payload, data: damaged }))).toBe('codec-payload-damaged');
    const other = await addCodecKey(file, { current: false });
    const renamed = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from(other) } };
    expect(await codeOf(decode(renamed))).toBe('codec-payload-damaged');
    for (const none of ['', '../../etc/passwd', 'k'.repeat(65)]) {
      const nameless = { ...payload, metadata: { ...payload.metadata, 'encryption-key-id': Buffer.from(none) } };
      expect(await codeOf(decode(nameless))).toBe('codec-payload-damaged');
    }
  });
});

describe('what is plain', () => {
  it('passes, so that runs of before go on, and so does what another converter encoded', async () => {
    const plain = [payloadOf('before'), payloadOf(undefined), { metadata: { encoding: Buffer.from('binary/protobuf') }, data: Buffer.from('x') }, {}];
    expect(await codec.decode(plain)).toEqual(plain);
    expect(plain.map(keyIdOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('stays plain where the codec is off, which names the key that an encoded one needs', async () => {
    const off = await openCodec(undefined);
    expect([off.encodes, off.decodes, codec.encodes, codec.decodes]).toEqual([false, false, true, true]);
    const plain = payloadOf('plain');
    expect(await off.encode([plain])).toEqual([plain]);
    expect(await off.decode([plain])).toEqual([plain]);
    const [encoded, keyId] = [await encode(plain), await currentKey()];
    await expect(off.decode([plain, encoded])).rejects.toMatchObject({
      code: 'codec-key-missing',
      facts: { keyId },
      message: expect.stringContaining('TIDEGATE_CODEC_KEYS') as string,
    });
  });
});

describe('a codec that is being switched off', () => {
  it('leaves what is new plain, and reads what is encoded', async () => {
    const leaving = await openCodec(file, 'decode');
    expect([leaving.encodes, leaving.decodes]).toEqual([false, true]);
    const plain = payloadOf('new');
    expect(await leaving.encode([plain])).toEqual([plain]);
    expect(await decode(await encode(payloadOf('old')), leaving)).toBe('old');
  });
});

describe('rotation', () => {
  it('encodes under the new key at once, in a codec that is open already, and decodes what is under the old one', async () => {
    const before = await currentKey();
    const old = await encode(payloadOf('old'));
    const keyId = await addCodecKey(file, { current: true });
    expect(keyIdOf(await encode(payloadOf('new')))).toBe(keyId);
    expect(await decode(old)).toBe('old');
    const standing = await listCodecKeys(file);
    expect(standing.find((key) => key.keyId === before)).toMatchObject({ current: false, replacedAt: expect.any(String) as string });
    expect(standing.find((key) => key.keyId === keyId)).toMatchObject({ current: true, replacedAt: null });
  });

  it('in two steps decodes first, so that several machines never meet a key that they lack', async () => {
    const elsewhere = join(folder, 'elsewhere.json');
    const next = await addCodecKey(file, { current: false });
    expect(keyIdOf(await encode(payloadOf('still')))).not.toBe(next);
    await copyFile(file, elsewhere);
    const other = await openCodec(elsewhere);
    await makeCodecKeyCurrent(file, next);
    const payload = await encode(payloadOf('on another machine'));
    expect(keyIdOf(payload)).toBe(next);
    expect(await decode(payload, other)).toBe('on another machine');
    expect(await codeOf(makeCodecKeyCurrent(file, 'codec-none'))).toBe('bad-request');
  });

  it('may go back to an older key, which is then replaced no more', async () => {
    const [last, first] = [await currentKey(), (await listCodecKeys(file))[0]?.keyId ?? ''];
    await makeCodecKeyCurrent(file, first);
    expect((await listCodecKeys(file))[0]).toMatchObject({ keyId: first, current: true, replacedAt: null });
    await makeCodecKeyCurrent(file, last);
    expect((await listCodecKeys(file))[0]?.replacedAt).toEqual(expect.any(String));
  });

  it('ends with the old key taken out: what is under it names the key that is missing', async () => {
    const old = await encode(payloadOf('old'));
    const keyId = keyIdOf(old) ?? '';
    expect(await codeOf(removeCodecKey(file, keyId))).toBe('bad-request');
    const whole = await readFile(file, 'utf8');
    await addCodecKey(file, { current: true });
    await removeCodecKey(file, keyId);
    await expect(codec.decode([old])).rejects.toMatchObject({
      code: 'codec-key-missing',
      facts: { keyId },
      message: expect.stringContaining(keyId) as string,
    });
    // The key is put back from its copy: the same codec decodes again.
    await writeFile(file, whole);
    expect(await decode(old)).toBe('old');
  });
});

describe('the key file', () => {
  it('is its owner’s only, and stays as it is where it is there', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const before = await readFile(file, 'utf8');
    await ensureCodecKeys(file);
    expect(await readFile(file, 'utf8')).toBe(before);
  });

  it.each([
    ['missing', undefined, 0o600],
    ['open to others', '{}', 0o604],
    ['no JSON', 'secret-material {', 0o600],
    ['of another kind', '{"current":"a","keys":[]}', 0o600],
    ['with a short key', '{"current":"a","keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0LW1hdGVyaWFs","createdAt":"2026-01-01T00:00:00Z"}]}', 0o600],
  ])('is refused at the start where it is %s, and nothing of it is told', async (what, text, mode) => {
    const bad = join(folder, `${what}.json`);
    if (text !== undefined) await writeFile(bad, text);
    if (text !== undefined) await chmod(bad, mode);
    const refusal = await openCodec(bad).catch((error: unknown) => error as Error);
    expect(refusal).toMatchObject({ code: 'configuration-invalid' });
    expect(String((refusal as Error).message)).not.toMatch(/secret-material|c2VjcmV0/);
  });
});

it('a payload goes through Protobuf’s JSON unharmed', () => {
  const payload = { metadata: { encoding: Buffer.from('json/plain'), ünicode: Buffer.from([0, 255]) }, data: Buffer.from([0, 1, 254]) };
  expect(fromPayloadJson(payloadJsonSchema.parse(JSON.parse(JSON.stringify(toPayloadJson(payload)))))).toEqual(payload);
  expect(payloadJsonSchema.safeParse({ data: 'no base64!' }).success).toBe(false);
});
