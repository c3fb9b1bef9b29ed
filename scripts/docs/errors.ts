import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { generatedNote } from './generated-note.ts';

/** docs/errors.md: the catalogue, written for the operator. */
export function errorsDocument(): string {
  const entries = Object.entries(ERROR_CATALOGUE)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, retryable, title, action, normal }]) =>
      [
        `### ${code}`,
        '',
        `${title} (HTTP ${status}${retryable ? '; retried by itself' : ''})`,
        '',
        `- Is this normal? ${normal}`,
        `- What to do: ${action}`,
        '',
      ].join('\n'),
    );
  return [
    '# Errors',
    '',
    generatedNote('exchange/errors/'),
    '',
    'Every refusal carries one of these codes, and says that no update was performed. Codes are stable: in problem documents (RFC 9457), on the command line, in failures of workflows, and as the reason of a record that was set aside.',
    '',
    ...entries,
  ].join('\n');
}
