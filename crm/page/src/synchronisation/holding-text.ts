import { texts } from '../texts/texts.ts';

const words = texts.sync.holding;

/** What was decided about what a channel is stopped for, and what that means for what flows. */
export function holdingText({
  state,
  by,
  reason,
  approvable,
}: {
  readonly state: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly approvable: boolean;
}): string {
  if (state === 'waiting') return words.waiting;
  return `${decisionText(state, by, reason)} ${approvable ? words.held : words.lapsed}`;
}

/** Who decided so, and why. */
export function decisionText(state: string, by: string | null, reason: string | null): string {
  if (by === null) return state === 'expired' ? words.expired : '';
  // The adaptor itself, where the configuration asks nobody.
  if (by === 'tidegate') return words.unasked;
  const said = words.rejected(by, reason ?? '');
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
