import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { issue } from '../../../adaptor/auth/sign.ts';
import { verify } from '../../../adaptor/auth/verify.ts';
import { writeWindowBody } from '../../../adaptor/communication/window-body-writer.ts';
import type { PreparedWindow, ReverseWindowOrder } from '../../../adaptor/data/extraction/prepared-window.ts';
import { withReverseWindow } from '../../../adaptor/data/extraction/reverse-answer.ts';
import { assertOpen } from '../../../adaptor/data/state/epoch.ts';
import { markSent } from '../../../adaptor/data/state/window.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { WINDOW_MEDIA_TYPE } from '../../../exchange/protocol.ts';
import { registeredPlan } from '../../service-manager/registered-plans.ts';
import { type Authority, authorityOf, checkConnection, verifyFor } from '../authority.ts';
import { jwsOf } from '../bodies.ts';
import { bindMessage } from '../bound-message.ts';
import type { ProducerDependencies } from '../dependencies.ts';
import { orderedPlan } from '../ordered-plan.ts';
import { COLLECTION_PATH, placeOf } from '../paths.ts';

/** While an answer is held open, whether its client is still believed is looked at so often: a revocation ends it within a second (rule 15). */
const RECHECK_MS = 500;

/**
 * The next window under a reverse synchronisation message, which is the request's body: nothing leaves the cloud for the
 * CRM without one. Where there is nothing, the answer is held open as long as the message says, then it is 204; a revoked
 * or expired certificate or key ends it with its refusal.
 */
export function reverseEndpoint(app: FastifyInstance, deps: ProducerDependencies): void {
  app.post(`${COLLECTION_PATH}/reverse`, { config: { operation: 'reverse' } }, async (request, reply) => {
    const authority = authorityOf(request);
    const { collection } = placeOf(request);
    const jws = jwsOf(request);
    if (jws === '') throw new TidegateError('message-missing');
    const message = await verifyFor(authority, jws, 'reverseMessage');
    deps.observer?.ids({ link: authority.linkName, collection, messageId: message.claims.jti });
    const plan = await registeredPlan(deps.pool, authority.link, collection);
    const gone = whenGone(reply);
    const heldUntil = performance.now() + message.claims.holdMs;
    for (;;) {
      const change = deps.changes.next();
      const fence = { link: authority.linkName, generation: message.claims.generation };
      const order = await bindMessage(deps.pool, fence, plan, message);
      const window = { plan: orderedPlan(plan, order), messageId: message.claims.jti, order };
      const answered = await withReverseWindow(deps.pool, fence, window, async (prepared) => {
        if (prepared !== undefined) await sendWindow(deps, authority, reply, window, prepared);
        return prepared !== undefined;
      });
      if (answered) return reply;
      for (;;) {
        const leftMs = Math.min(heldUntil, performance.now() + message.claims.exp * 1000 - Date.now()) - performance.now();
        if (leftMs <= 0 || gone.aborted || deps.changes.closed) return reply.code(204).send();
        const changed = await change.within(Math.min(leftMs, RECHECK_MS), gone);
        await stillBelieved(deps, request, authority, jws);
        if (changed) break;
      }
    }
  });
}

/** Checks again what let the request in. Throws as the gate does. */
async function stillBelieved(deps: ProducerDependencies, request: FastifyRequest, authority: Authority, message: string): Promise<void> {
  await Promise.all([
    checkConnection(deps, request),
    verifyFor(authority, message, 'reverseMessage'),
    // The cloud's own key: whoever revokes it here silences this side.
    verify(authority.accessToken, 'accessToken', { audience: authority.party, registry: deps.registry }).catch((error: unknown) => {
      if (!(error instanceof TidegateError) || error.code !== 'message-expired') throw error;
    }),
  ]);
}

/** Streams a window and its manifest, and waits for its end: the snapshot that it is read from stays open so long. */
async function sendWindow(
  deps: ProducerDependencies,
  authority: Authority,
  reply: FastifyReply,
  { plan, messageId }: ReverseWindowOrder,
  window: PreparedWindow,
): Promise<void> {
  const { collection, ordinal } = window;
  const { epoch } = await assertOpen(deps.pool, { link: authority.linkName });
  const signManifest = async (digest: string): Promise<string> => {
    const { kind, batchId, generation, fromCursor, toCursor, rows, tombstones, filtered, hasLater, following, truncated } = window;
    const counts = { rows, tombstones, filtered, digest, messageId, last: !hasLater, following, ...(truncated ? { truncated } : {}) };
    deps.observer?.ids({ link: authority.linkName, collection, ordinal, batchId, messageId });
    const claims = { ...authority.link, collection, direction: 'reverse', kind, ordinal, batchId, epoch, generation } as const;
    const manifest = await issue(authority.key, 'manifest', { ...claims, schemaHash: plan.schemaHash, fromCursor, toCursor, ...counts });
    await markSent(deps.pool, { link: authority.linkName, collection, direction: 'reverse' }, ordinal, { digest, manifest });
    return manifest;
  };
  const body = Readable.from(writeWindowBody(window.stream(), signManifest), { objectMode: false });
  void reply.type(WINDOW_MEDIA_TYPE).header('cache-control', 'no-store').send(body);
  await finished(reply.raw).catch((error: unknown) =>
    deps.log.warn({ link: authority.linkName, collection, ordinal, error: String(error) }, 'window not sent whole'),
  );
}

/** Aborted once the client has gone away. */
function whenGone(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return gone.signal;
}
