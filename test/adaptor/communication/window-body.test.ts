import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type VerifiedManifest, readWindowBody } from '../../../adaptor/communication/window-body-reader.ts';
import { GATHERED_FRAME_BYTES, writeWindowBody } from '../../../adaptor/communication/window-body-writer.ts';
import type { ManifestClaims } from '../../../exchange/claims.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { FRAME_HEADER_BYTES } from '../../../exchange/frame.ts';

async function* pieces(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(Uint8Array.from(part));
  return Buffer.concat(parts);
}

/** Stands for signing and verifying: the "JWS" is the digest itself. */
const sign = async (digest: string) => `signed.${digest}`;
const verify = async (jws: string): Promise<VerifiedManifest> => ({ jws, claims: { digest: jws.replace('signed.', '') } as ManifestClaims });

const write = (...rows: Uint8Array[]) => gather(writeWindowBody(pieces(...rows), sign));
const text = (value: string) => Buffer.from(value);
const refusal = (code: string) => expect.objectContaining({ code });

describe('the body of a window', () => {
  it('brings the same bytes and a proved manifest, however rows and wire are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), fc.integer({ min: 1, max: 97 }), async (rows, step) => {
        const body = await write(...rows);
        const cut: Uint8Array[] = [];
        for (let at = 0; at < body.length; at += step) cut.push(body.subarray(at, at + step));
        const incoming = readWindowBody(pieces(...cut), verify);
        expect(await gather(incoming.rows)).toEqual(Buffer.concat(rows));
        const manifest = await incoming.manifest();
        expect(manifest.claims.digest).toBe(createHash('sha256').update(Buffer.concat(rows)).digest('base64url'));
        expect(manifest.jws).toBe(`signed.${manifest.claims.digest}`);
      }),
    );
  });

  it('is two pieces where the window is small, of which the first waits for no signature', async () => {
    const signed = Promise.withResolvers<string>();
    const body = writeWindowBody(pieces(text('a,b\n'), text('c,d\n')), () => signed.promise);
    expect(
      Buffer.from((await body.next()).value ?? '')
        .subarray(FRAME_HEADER_BYTES)
        .toString(),
    ).toBe('a,b\nc,d\n');
    signed.resolve('manifest');
    expect(
      Buffer.from((await body.next()).value ?? '')
        .subarray(FRAME_HEADER_BYTES)
        .toString(),
    ).toBe('manifest');
    expect((await body.next()).done).toBe(true);
  });

  it('is frames of bounded size where the window is large', async () => {
    const large = Buffer.alloc(1_000_000, 'x');
    const sizes: number[] = [];
    for await (const piece of writeWindowBody(pieces(large.subarray(0, 10), large.subarray(10)), sign)) sizes.push(piece.length);
    expect(Math.max(...sizes)).toBeLessThan(2 * GATHERED_FRAME_BYTES + FRAME_HEADER_BYTES);
    expect(sizes.length).toBeGreaterThan(8);
  });

  it('hands on the error of its rows instead of ending early', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield text('a\n');
      throw new Error('the store went away');
    }
    await expect(gather(writeWindowBody(failing(), sign))).rejects.toThrow('the store went away');
  });

  it('is refused when it is cut anywhere', async () => {
    const body = await write(text('a,b\nc,d\n'));
    for (let length = 0; length < body.length; length++) {
      const incoming = readWindowBody(pieces(body.subarray(0, length)), verify);
      await expect(gather(incoming.rows)).rejects.toEqual(refusal('batch-refused'));
      await expect(incoming.manifest()).rejects.toEqual(refusal('batch-refused'));
    }
  });

  it('is refused when a bit of its rows is turned', async () => {
    const body = await write(text('a,b\nc,d\n'));
    for (let at = FRAME_HEADER_BYTES; at < FRAME_HEADER_BYTES + 8; at++) {
      const turned = Buffer.from(body);
      turned[at] = (turned[at] ?? 0) ^ 1;
      const incoming = readWindowBody(pieces(turned), verify);
      await gather(incoming.rows);
      await expect(incoming.manifest()).rejects.toEqual(refusal('batch-refused'));
    }
  });

  it('is refused when bytes follow the manifest, or the manifest is too long', async () => {
    const body = await write(text('a\n'));
    await expect(gather(readWindowBody(pieces(body, text('more')), verify).rows)).rejects.toEqual(refusal('batch-refused'));
    const long = await gather(writeWindowBody(pieces(text('a\n')), async () => 'x'.repeat(70_000)));
    await expect(gather(readWindowBody(pieces(long), verify).rows)).rejects.toEqual(refusal('batch-refused'));
  });

  it('is not proved before its rows were read', async () => {
    const incoming = readWindowBody(pieces(await write(text('a\n'))), verify);
    await expect(incoming.manifest()).rejects.toEqual(refusal('batch-refused'));
  });

  it('is refused as a batch where the signature fails, and keeps other codes', async () => {
    const body = await write(text('a\n'));
    const failWith = async (code: 'invalid-token' | 'schema-drifted') => {
      const incoming = readWindowBody(pieces(body), async () => {
        throw new TidegateError(code);
      });
      await gather(incoming.rows);
      return incoming.manifest();
    };
    await expect(failWith('invalid-token')).rejects.toEqual(refusal('batch-refused'));
    await expect(failWith('schema-drifted')).rejects.toEqual(refusal('schema-drifted'));
  });
});
