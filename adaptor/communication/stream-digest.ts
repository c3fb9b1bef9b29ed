import { type Hash, createHash } from 'node:crypto';

/** SHA-256 over a stream of bytes, as base64url: the `digest` of a manifest. */
export class StreamDigest {
  readonly #hash: Hash = createHash('sha256');
  #value: string | undefined;

  /** Takes the next bytes of the stream. */
  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** The digest of all bytes so far; nothing can be added afterwards. */
  value(): string {
    this.#value ??= this.#hash.digest('base64url');
    return this.#value;
  }
}
