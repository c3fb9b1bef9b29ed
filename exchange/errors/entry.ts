/** What the catalogue says of one code. */
export interface ErrorEntry {
  /** Status of the HTTP answer that carries the error (RFC 9110). */
  readonly status: number;
  /** Whether the same request may succeed later without anybody acting. */
  readonly retryable: boolean;
  /** One sentence for a human: what happened. */
  readonly title: string;
  /** For the operator: what to do. */
  readonly action: string;
  /** For the operator: is this normal. */
  readonly normal: string;
}

/** An entry; where nothing else is said, an error is not normal. */
export const entry = (status: number, retryable: boolean, title: string, action: string, normal = 'No.'): ErrorEntry => ({
  status,
  retryable,
  title,
  action,
  normal,
});
