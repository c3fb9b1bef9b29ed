import { TidegateError } from './errors.ts';

/**
 * Body of a window: frames of `type (1 byte) | length (4 bytes, big-endian) | payload`.
 * `d` carries bytes of the CSV stream (cut anywhere), `m` the manifest as a compact JWS; `m` is the last frame, exactly once.
 */
export const FRAME_HEADER_BYTES = 5;

/** Greatest payload of a frame in bytes. */
export const MAX_FRAME_BYTES = 1 << 20;

/** Kinds of frames. */
export type FrameType = 'd' | 'm';

/** Header of a frame whose payload has `length` bytes. */
export function frameHeader(type: FrameType, length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  header[0] = type.charCodeAt(0);
  new DataView(header.buffer).setUint32(1, length);
  return header;
}

/** A piece of a frame's payload: `d` pieces pass through as they come, the manifest is gathered by the caller. */
export interface FramePiece {
  readonly type: FrameType;
  readonly bytes: Uint8Array;
  /** Whether this piece ends its frame. */
  readonly last: boolean;
}

/** Incremental reader of frames: push bytes as they arrive, take the pieces. Throws `batch-refused` on a malformed stream. */
export class FrameReader {
  #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerLength = 0;
  #remaining = 0;
  #type: FrameType | undefined;
  #closed = false;

  /** Pieces of payload in `chunk`, as views on it (no copies). */
  *push(chunk: Uint8Array): Generator<FramePiece> {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#closed) throw new TidegateError('batch-refused', 'Bytes follow the manifest.');
      if (this.#type === undefined) {
        offset += this.#readHeader(chunk.subarray(offset));
        continue;
      }
      const bytes = chunk.subarray(offset, offset + this.#remaining);
      offset += bytes.length;
      this.#remaining -= bytes.length;
      const type = this.#type;
      const last = this.#remaining === 0;
      if (last) this.#endFrame();
      yield { type, bytes, last };
    }
  }

  /** Whether the manifest has been read whole. Anything else at the end of the stream is a cut body. */
  get complete(): boolean {
    return this.#closed;
  }

  #readHeader(chunk: Uint8Array): number {
    const taken = chunk.subarray(0, FRAME_HEADER_BYTES - this.#headerLength);
    this.#header.set(taken, this.#headerLength);
    this.#headerLength += taken.length;
    if (this.#headerLength === FRAME_HEADER_BYTES) {
      const type = String.fromCharCode(this.#header[0] ?? 0);
      const length = new DataView(this.#header.buffer).getUint32(1);
      if ((type !== 'd' && type !== 'm') || length === 0 || length > MAX_FRAME_BYTES)
        throw new TidegateError('batch-refused', 'The body is not made of frames.');
      this.#type = type;
      this.#remaining = length;
      this.#headerLength = 0;
    }
    return taken.length;
  }

  #endFrame(): void {
    if (this.#type === 'm') this.#closed = true;
    this.#type = undefined;
  }
}
