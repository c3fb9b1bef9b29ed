import { randomUUID } from 'node:crypto';
import { issue } from '../../adaptor/auth/sign.ts';
import { verify } from '../../adaptor/auth/verify.ts';
import type { CollectionPlan } from '../../adaptor/data/plan.ts';
import { partyId } from '../../exchange/claims.ts';
import { TidegateError } from '../../exchange/errors.ts';
import type { AskCloud, ReconciliationAsk } from '../../exchange/reconciliation.ts';
import type { ActivityContext, LinkSetup } from '../link-setup.ts';

/** Questions to a link's cloud about one collection, with what they cost. */
export interface Questions {
  readonly ask: AskCloud;
  /** Questions so far, and their bytes with those of the answers, without headers. */
  readonly wire: { questions: number; bytes: number };
}

/** Signs questions, sends them, and verifies that each answer is the cloud's and to this very question. Throws as `verify`, and the cloud's errors. */
export function questionsTo(
  { registry }: Pick<ActivityContext, 'registry'>,
  { identity, signingKey, producer }: LinkSetup,
  plan: CollectionPlan,
  at: { readonly generation: number; readonly signal?: AbortSignal },
): Questions {
  const collection = plan.definition.name;
  const wire = { questions: 0, bytes: 0 };
  const ask = async (asked: ReconciliationAsk) => {
    const id = randomUUID();
    const { tenant, environment, link } = identity;
    const body = { tenant, environment, link, collection, generation: at.generation, schemaHash: plan.schemaHash, ask: asked };
    const question = await issue(signingKey, 'reconciliation', body, { id });
    const jws = await producer.reconcile(collection, question, at.signal);
    wire.questions++;
    wire.bytes += question.length + jws.length;
    const { claims } = await verify(jws, 'reconciliationAnswer', { registry, audience: partyId('crm', identity) });
    if (claims.request !== id || claims.collection !== collection || claims.answer.step !== asked.step)
      throw new TidegateError('invalid-token', 'The answer is to another question.', { collection });
    return claims.answer;
  };
  return { ask: ask as AskCloud, wire };
}
