/** A data key as it is kept: wrapped under the key that is named. */
export interface WrappedKey {
  readonly keyId: string;
  readonly wrapped: Uint8Array;
}

/**
 * What wraps data keys: a key file (seal-key-file.ts), or a key management service that implements this. Wrapping keys never
 * leave it. `context` is what a service calls encryption context: a key that was wrapped under another one does not come out.
 */
export interface KeyWrapper {
  /** Id of the key under which data keys are wrapped now. Asked once for each window: another key may be current by then. */
  currentKeyId(): Promise<string>;
  /** Wraps a data key of 32 bytes under the current key. */
  wrap(dataKey: Uint8Array, context: string): Promise<WrappedKey>;
  /** The data key again. Throws `sealed-key-missing` for a key that is not known here; anything else means that it does not fit. */
  unwrap(wrapped: WrappedKey, context: string): Promise<Uint8Array>;
}
