import { answerQuestion } from '../../adaptor/data/reconciliation/answer-question.ts';
import { type Comparison, type ComparisonOptions, compareCollection } from '../../adaptor/data/reconciliation/compare-collection.ts';
import { type AskCloud, type ReconciliationAsk, reconciliationAnswerSchema, reconciliationAskSchema } from '../../exchange/reconciliation.ts';
import type { TwoStores } from './two-stores.ts';

/** Questions to the cloud without a network; `told` sees each with its answer, as they would travel. */
export function questionsTo(stores: TwoStores, at = 0, told: (ask: ReconciliationAsk, answer: string) => void = () => {}): AskCloud {
  return (async (ask: ReconciliationAsk) => {
    const { cloud: plan } = planAt(stores, at);
    const answer = await answerQuestion(stores.cloud.producer, { link: plan.linkName, generation: 1 }, plan, reconciliationAskSchema.parse(ask));
    told(ask, JSON.stringify(answer));
    return reconciliationAnswerSchema.parse(JSON.parse(JSON.stringify(answer)));
  }) as AskCloud;
}

/** Compares a collection of two stores. */
export function compareStores(stores: TwoStores, at = 0, options: Partial<ComparisonOptions> = {}, ask = questionsTo(stores, at)): Promise<Comparison> {
  const { crm } = planAt(stores, at);
  return compareCollection(stores.crm.consumer, { link: crm.linkName }, crm, ask, { maxDifferences: 10_000, lookAgainMs: 5, ...options });
}

/** The plans of one of the stores' collections. */
export function planAt({ plans }: TwoStores, at: number): TwoStores['plans'][number] {
  const found = plans[at];
  if (found === undefined) throw new Error(`there is no collection ${at}`);
  return found;
}
