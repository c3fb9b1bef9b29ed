import { type Payload, defaultPayloadConverter } from '@temporalio/common';

/** Every payload in something that Temporal's API gave: whatever has metadata that names an encoding, wherever it stands. Headers and search attributes, which stay plain, are left out. */
export function payloadsIn(value: unknown): readonly Payload[] {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return [];
  if (Array.isArray(value)) return value.flatMap(payloadsIn);
  if ((value as Payload).metadata?.['encoding'] != null) return [value as Payload];
  return Object.entries(value).flatMap(([name, member]) => (name === 'header' || name === 'searchAttributes' ? [] : payloadsIn(member)));
}

/** A value as a payload. */
export function payloadOf(value: unknown): Payload {
  return defaultPayloadConverter.toPayload(value);
}

/** A part of a payload's metadata. */
export function metadataOf({ metadata }: Payload, name: string): string {
  return Buffer.from(metadata?.[name] ?? []).toString();
}
