/** Joins many notices into one awakening: a notice that comes while nobody waits is kept. */
export class Wake {
  #rung = false;
  #waiting: (() => void) | undefined;

  /** Something happened. */
  ring(): void {
    this.#rung = true;
    this.#waiting?.();
  }

  /** Waits for a notice, for at most `timeoutMs`, or until `signal` aborts. Whether there was one. */
  async wait(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    if (!this.#rung && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          // The signal lives as long as the pump, which waits many thousand times.
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, timeoutMs);
        this.#waiting = done;
        signal?.addEventListener('abort', done, { once: true });
      });
      this.#waiting = undefined;
    }
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }
}
