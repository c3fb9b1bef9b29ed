import type { Payload } from '@temporalio/common';
import { z } from 'zod';

/** A payload in Protobuf's JSON, as Temporal's remote codec protocol carries it: bytes in base64. */
export const payloadJsonSchema = z.object({ metadata: z.record(z.string(), z.base64()).default({}), data: z.base64().default('') });

/** A payload in Protobuf's JSON. */
export type PayloadJson = z.infer<typeof payloadJsonSchema>;

/** A payload for JSON. Bytes that are absent become empty ones. */
export function toPayloadJson({ metadata, data }: Payload): PayloadJson {
  return {
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
    data: base64(data),
  };
}

/** A payload out of JSON. */
export function fromPayloadJson({ metadata, data }: PayloadJson): Payload {
  return {
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  };
}

const base64 = (bytes: Uint8Array | null | undefined): string => (bytes == null ? '' : Buffer.from(bytes).toString('base64'));
