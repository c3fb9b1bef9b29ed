import type { ManifestClaims } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { FrameReader } from '../../exchange/frame.ts';
import { StreamDigest } from './stream-digest.ts';

/** Greatest size of a manifest in bytes; its cursors are its only parts that grow. */
const MAX_MANIFEST_BYTES = 64 * 1024;

/** A manifest whose signature was verified. */
export interface VerifiedManifest {
  readonly claims: ManifestClaims;
  readonly jws: string;
}

/** Verifies the signature of a manifest, and whatever the caller knows of it beforehand (link, collection, ordinal...). */
export type VerifyManifest = (jws: string) => Promise<VerifiedManifest>;

/** A window as it arrives. */
export interface IncomingBody {
  /** Bytes of the CSV stream, to be read once and to the end. Throws `batch-refused` if the body is malformed or cut. */
  readonly rows: AsyncIterable<Uint8Array>;
  /** The verified manifest, once all rows were read. Throws `batch-refused` unless signature and digest hold. */
  manifest(): Promise<VerifiedManifest>;
}

/** Takes the frames of `source` apart: rows pass through as they come, and are proved by the manifest that follows them. */
export function readWindowBody(source: AsyncIterable<Uint8Array>, verify: VerifyManifest): IncomingBody {
  const digest = new StreamDigest();
  const frames = new FrameReader();
  const manifestPieces: Uint8Array[] = [];
  let manifestBytes = 0;
  let verified: Promise<VerifiedManifest> | undefined;

  async function* readRows(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (const piece of frames.push(chunk)) {
        if (piece.type === 'd') {
          digest.update(piece.bytes);
          yield piece.bytes;
          continue;
        }
        manifestBytes += piece.bytes.length;
        if (manifestBytes > MAX_MANIFEST_BYTES) throw new TidegateError('batch-refused', 'The manifest is too long.');
        manifestPieces.push(Uint8Array.from(piece.bytes));
      }
    }
    if (!frames.complete) throw new TidegateError('batch-refused', 'The body ends before its manifest.');
  }

  const proveRows = async (): Promise<VerifiedManifest> => {
    if (!frames.complete) throw new TidegateError('batch-refused', 'The manifest was asked before the rows were read.');
    const manifest = await verifySignature(verify, Buffer.concat(manifestPieces).toString('latin1'));
    if (manifest.claims.digest !== digest.value()) throw new TidegateError('batch-refused', 'The digest of the rows is not the one in the manifest.');
    return manifest;
  };

  return { rows: readRows(), manifest: () => (verified ??= proveRows()) };
}

/** A manifest that does not verify refuses the batch as such; what else `verify` finds (drift, another epoch) keeps its own code. */
async function verifySignature(verify: VerifyManifest, jws: string): Promise<VerifiedManifest> {
  try {
    return await verify(jws);
  } catch (error) {
    const signature: readonly string[] = ['invalid-token', 'key-unknown', 'message-expired', 'issuer-not-crm', 'link-mismatch'];
    if (error instanceof TidegateError && signature.includes(error.code))
      throw new TidegateError('batch-refused', 'The signature of the manifest is not valid.', { reason: error.code }, { cause: error });
    throw error;
  }
}
