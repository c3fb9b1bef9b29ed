import type { State } from '../api/answers.ts';

/** From furthest from being in step to in step. */
const ORDER: readonly State['state'][] = ['private', 'filtered', 'set-aside', 'conflict', 'never-sent', 'waiting', 'queued', 'sent', 'in-step'];

/** The state of each record by its key; on several links, the one that is furthest from being in step. */
export function furthestStates(states: readonly State[]): ReadonlyMap<string, State> {
  const furthest = new Map<string, State>();
  for (const state of states) {
    const known = furthest.get(state.key);
    if (known === undefined || ORDER.indexOf(state.state) < ORDER.indexOf(known.state)) furthest.set(state.key, state);
  }
  return furthest;
}
