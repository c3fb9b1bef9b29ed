import type { DataConverter } from '@temporalio/common';
import type { OnFailure } from '../../activities/activity-interceptor.ts';
import { toFailure } from '../../activities/failure.ts';
import type { TemporalCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import { ownProgram } from '../../embedded/own-program.ts';

/**
 * The worker's data converter. What does not decode is told, and fails in the words of the catalogue: the run's page names
 * the code, and Temporal tries the task again until the key is there.
 */
export function dataConverterOf(codec: TemporalCodec, onFailure?: OnFailure): DataConverter {
  return {
    payloadCodecs: [
      {
        encode: (payloads) => codec.encode(payloads),
        decode: async (payloads) => {
          try {
            return await codec.decode(payloads);
          } catch (error) {
            const failure = toFailure(error);
            onFailure?.({ activity: 'decode', workflowId: undefined, attempt: 1, error, failure });
            throw failure;
          }
        },
      },
    ],
    ...(codec.encodes ? { failureConverterPath: ownProgram(import.meta.url, '../../workflows/failure-converter') } : {}),
  };
}
