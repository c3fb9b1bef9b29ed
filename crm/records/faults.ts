/** Something wrong with a record as a whole: at which field, and the word for it. */
export interface Fault {
  readonly field: string;
  readonly fault: 'needed' | 'name-needed' | 'order' | 'end-without-start' | 'time-without-date' | 'zone-without-time' | 'not-all-day' | 'in-series';
  /** For who has no page: one sentence. */
  readonly message: string;
}
