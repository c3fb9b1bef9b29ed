import { createHmac } from 'node:crypto';
import { FlattenedSign } from 'jose';
import type { SigningKey } from '../../../adaptor/auth/signing-key.ts';

/** Base64url of a text or bytes. */
export function encode(value: string | Uint8Array): string {
  return Buffer.from(value).toString('base64url');
}

/** The three parts of a compact JWS. */
export function partsOf(jws: string): { header: string; payload: string; signature: string } {
  const [header = '', payload = '', signature = ''] = jws.split('.');
  return { header, payload, signature };
}

/** The header of a compact JWS. */
export function headerOf(jws: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(partsOf(jws).header, 'base64url').toString()) as Record<string, unknown>;
}

/** A JWS that really is signed by the key, whatever stands in its header and payload: what an insider could send. */
export async function signAnything(key: SigningKey, header: Record<string, unknown>, payload: string | Uint8Array): Promise<string> {
  const headerPart = encode(JSON.stringify(header));
  const payloadPart = encode(payload);
  const signature = await crypto.subtle.sign('Ed25519', key.privateKey, Buffer.from(`${headerPart}.${payloadPart}`));
  return `${headerPart}.${payloadPart}.${encode(new Uint8Array(signature))}`;
}

/** A JWS whose signature is an HMAC with the public key as its secret. */
export function signWithPublicKey(key: SigningKey, header: Record<string, unknown>, payload: string): string {
  const input = `${encode(JSON.stringify({ ...header, alg: 'HS256' }))}.${encode(payload)}`;
  return `${input}.${createHmac('sha256', Buffer.from(key.publicJwk.x, 'base64url')).update(input).digest('base64url')}`;
}

/** A JWS with an unencoded payload (RFC 7797). */
export async function signUnencoded(key: SigningKey, header: Record<string, unknown>, payload: string): Promise<string> {
  const { protected: headerPart = '', signature } = await new FlattenedSign(Buffer.from(payload))
    .setProtectedHeader({ ...header, alg: 'EdDSA', b64: false, crit: ['b64'] })
    .sign(key.privateKey);
  return `${headerPart}.${encode(payload)}.${signature}`;
}
