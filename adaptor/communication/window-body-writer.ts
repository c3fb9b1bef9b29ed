import { frameHeader } from '../../exchange/frame.ts';
import { StreamDigest } from './stream-digest.ts';

/** Rows are gathered into frames of about so many bytes: large enough that headers cost nothing, small enough that memory stays flat. */
export const GATHERED_FRAME_BYTES = 64 * 1024;

/**
 * Body of a window: the CSV bytes of `rows` in `d` frames, then one `m` frame with the manifest. `manifest` is asked at
 * the end, with the SHA-256 (base64url) of all row bytes, and answers with the signed manifest; the last rows do not wait for
 * it, so that the receiver can look at the request meanwhile. An error of `rows` or `manifest` goes to the reader of this body, which must cut the
 * connection: a body that ends without its manifest is refused.
 */
export async function* writeWindowBody(rows: AsyncIterable<Uint8Array>, manifest: (digest: string) => Promise<string>): AsyncGenerator<Uint8Array> {
  const digest = new StreamDigest();
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  for await (const bytes of rows) {
    digest.update(bytes);
    for (let offset = 0; offset < bytes.length; offset += GATHERED_FRAME_BYTES) {
      const piece = bytes.subarray(offset, offset + GATHERED_FRAME_BYTES);
      gathered.push(piece);
      gatheredBytes += piece.length;
      if (gatheredBytes >= GATHERED_FRAME_BYTES) {
        yield Buffer.concat([frameHeader('d', gatheredBytes), ...gathered]);
        gathered = [];
        gatheredBytes = 0;
      }
    }
  }
  const signing = manifest(digest.value());
  // Whoever waits for it is told.
  signing.catch(() => undefined);
  if (gatheredBytes > 0) yield Buffer.concat([frameHeader('d', gatheredBytes), ...gathered]);
  const signed = Buffer.from(await signing, 'ascii');
  yield Buffer.concat([frameHeader('m', signed.length), signed]);
}
