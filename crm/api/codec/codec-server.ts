import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { TemporalCodec } from '../../../adaptor/auth/codec/payload-codec.ts';
import { fromPayloadJson, payloadJsonSchema, toPayloadJson } from '../../../adaptor/auth/codec/payload-json.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { allowOrigin } from '../../../web/http/allow-origin.ts';
import { answerProblems } from '../../../web/http/problems.ts';
import { translatePrismaError } from '../../database-error.ts';
import type { Permission } from '../../users/roles.ts';
import { type ApiContext, requireUser } from '../context.ts';
import { guardApi } from '../guard.ts';
import { parsePart } from '../parse.ts';

/** Temporal takes payloads of 2 MB; in base64, and several at once. */
const MAX_BODY_BYTES = 8 << 20;

const bodySchema = z.object({ payloads: z.array(payloadJsonSchema).max(10_000) });

/**
 * Temporal's remote codec protocol, behind the CRM's sign-in: POST /decode and /encode {payloads} in Protobuf's JSON, answered
 * with as many. The Temporal UI's pages, and those of no other site, may ask with their user's session. Who audits may decode;
 * who governs may encode what is typed into the UI. Errors: those of the guard, `codec-key-missing`, `codec-payload-damaged`, and
 * `path-unknown` where payloads are not encoded. Meant to be registered below `CODEC_PATH`, beside the rest of the API.
 */
export function addCodecServer(app: FastifyInstance, context: ApiContext): void {
  const { codec, temporalUi } = context;
  const uiOrigin = temporalUi === undefined ? undefined : new URL(temporalUi.url).origin;
  if (uiOrigin !== undefined) allowOrigin(app, uiOrigin, ['/decode', '/encode']);
  guardApi(app, context, uiOrigin === undefined ? [] : [uiOrigin]);
  answerProblems(app, translatePrismaError);

  const serve = (path: string, permission: Permission, act: (on: TemporalCodec) => TemporalCodec['decode']): void => {
    app.post(path, { bodyLimit: MAX_BODY_BYTES }, async (request) => {
      requireUser(request, permission);
      if (codec?.decodes !== true) throw new TidegateError('path-unknown', 'Payloads are not encoded here: TIDEGATE_CODEC_KEYS is not set.');
      const { payloads } = parsePart(bodySchema, request.body);
      return { payloads: (await act(codec)(payloads.map(fromPayloadJson))).map(toPayloadJson) };
    });
  };
  serve('/decode', 'audit', ({ decode }) => decode);
  serve('/encode', 'govern', ({ encode }) => encode);
}
