import { CancellationScope, condition, setHandler } from '@temporalio/workflow';
import { activitiesWith } from './activities.ts';
import { shortStep } from './activity-options.ts';
import { type PauseOrder, type ResumeOrder, pauseLink, resumeLink } from './forward-messages.ts';

/** The last order of an operator that was not carried out yet. */
export type ControlOrder = ({ readonly kind: 'pause' } & PauseOrder) | ({ readonly kind: 'resume' } & ResumeOrder);

/** Pause and resume of a forward chain: a pause cancels the session in hand; orders are carried out between sessions. */
export class PauseControl {
  readonly #link: string;
  readonly #onChange: (paused: PauseOrder | null) => void;
  #order: ControlOrder | undefined;
  #paused: PauseOrder | null = null;
  #session: CancellationScope | undefined;

  constructor(link: string, order: ControlOrder | undefined, onChange: (paused: PauseOrder | null) => void) {
    this.#link = link;
    this.#order = order;
    this.#onChange = onChange;
    setHandler(pauseLink, ({ reason, by }) => this.#take({ kind: 'pause', reason, by }), { description: 'Stops the flow of the link until it is resumed.' });
    setHandler(resumeLink, ({ by }) => this.#take({ kind: 'resume', by }), { description: 'Lets a paused link go on.' });
  }

  /** An order that waits, for the run that follows. */
  get pending(): ControlOrder | undefined {
    return this.#order;
  }

  /** Runs a session that a pause cancels. */
  async run<T>(body: () => Promise<T>): Promise<T> {
    this.#session = new CancellationScope();
    try {
      return await this.#session.run(body);
    } finally {
      this.#session = undefined;
    }
  }

  /** The link's row was found paused. */
  foundPaused(paused: PauseOrder): void {
    if (this.#order === undefined) this.#setPaused(paused);
  }

  /** Carries out what was ordered; where the link is paused, waits until it is resumed. */
  async settle(): Promise<void> {
    for (;;) {
      const order = this.#order;
      this.#order = undefined;
      if (order?.kind === 'pause') {
        await activitiesWith(shortStep, order.reason).setLinkPaused({ link: this.#link, reason: order.reason, by: order.by });
        this.#setPaused({ reason: order.reason, by: order.by });
      } else if (order?.kind === 'resume') {
        await activitiesWith(shortStep, `by ${order.by}`).setLinkResumed({ link: this.#link, by: order.by });
        this.#setPaused(null);
      } else if (this.#paused === null) return;
      else await condition(() => this.#order !== undefined);
    }
  }

  #take(order: ControlOrder): void {
    this.#order = order;
    if (order.kind === 'pause') this.#session?.cancel();
  }

  #setPaused(paused: PauseOrder | null): void {
    this.#paused = paused;
    this.#onChange(paused);
  }
}
