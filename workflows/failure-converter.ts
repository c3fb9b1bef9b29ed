import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Where payloads are encoded, messages and stacks of failures are too: they move into a payload of their own, for the codec to
 * take. The code of a failure, its type, stays readable. Temporal's worker finds this file by its path, in workflows and beside them.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
