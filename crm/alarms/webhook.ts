import { createHmac } from 'node:crypto';
import { TidegateError } from '../../exchange/errors.ts';
import { type AlarmNotice, noticeBody, noticeId } from './alarm-notice.ts';

/** Where alarms are told. */
export interface Webhook {
  readonly url: string;
  /** `whsec_` and the key in base64, as Standard Webhooks has it. */
  readonly secret: string;
}

/** How long a receiver may take to answer, in milliseconds. */
const ANSWER_MS = 10_000;

/**
 * Tells a receiver of an alarm, signed as Standard Webhooks 1.0 says: HMAC-SHA256 over id, time and body, so that the receiver
 * knows who speaks and can refuse what is old. Redirects are not followed. Throws `connection-failed` unless it answers with 2xx.
 */
export async function sendNotice({ url, secret }: Webhook, notice: AlarmNotice, now: Date = new Date()): Promise<void> {
  const body = noticeBody(notice);
  const id = noticeId(notice);
  const timestamp = String(Math.floor(now.getTime() / 1000));
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatureOf(secret, `${id}.${timestamp}.${body}`),
      },
      body,
    });
    await response.body?.cancel();
  } catch (cause) {
    throw new TidegateError('connection-failed', 'The receiver of alarms could not be reached.', {}, { cause });
  }
  if (!response.ok) throw new TidegateError('connection-failed', `The receiver of alarms answered ${response.status}.`, { status: response.status });
}

/** A signature of the first version: `v1,` and the base64 of the HMAC. */
export function signatureOf(secret: string, signed: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
}
