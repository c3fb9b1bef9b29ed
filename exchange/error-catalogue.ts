import type { ErrorEntry } from './errors/entry.ts';
import { EXCHANGE_ERRORS } from './errors/exchange.ts';
import { RECORD_ERRORS } from './errors/records.ts';
import { REQUEST_ERRORS } from './errors/requests.ts';
import { SECURITY_ERRORS } from './errors/security.ts';

/**
 * The closed catalogue of errors. Every refusal in Tidegate carries one of these codes; codes are stable
 * and part of the public interface (HTTP problem documents, CLI, Temporal failures, quarantine).
 * Texts never contain record content, secrets or SQL.
 */
export const ERROR_CATALOGUE = {
  ...SECURITY_ERRORS,
  ...EXCHANGE_ERRORS,
  ...RECORD_ERRORS,
  ...REQUEST_ERRORS,
} as const satisfies Record<string, ErrorEntry>;
