import type { State } from '../api/answers.ts';
import { texts } from '../texts/texts.ts';

/** Whether what is set aside is the cloud's change and not the CRM's. */
export const isFromCloud = ({ state, reason }: State): boolean => state === 'set-aside' && reason?.direction === 'reverse';

/** What a record's state means. */
export const stateText = (state: State): string => (isFromCloud(state) ? texts.state.explanations.asideFromCloud : texts.state.explanations[state.state]);
