import { z } from 'zod';
import { CLAIMS_SCHEMAS } from '../../adaptor/auth/claims-of.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { healthSchema } from '../../exchange/health.ts';

type Schema = Readonly<Record<string, unknown>>;

const text = { type: 'string' } as const;

/** Schemas of JSON bodies and of the claims of every signed object, by name; claims come from the zod schemas that check them. */
export function openapiSchemas(): Readonly<Record<string, Schema>> {
  const claims = Object.entries(CLAIMS_SCHEMAS).map(([kind, schema]) => {
    const { $schema: _, ...json } = z.toJSONSchema(schema);
    return [claimsName(kind), json];
  });
  const { $schema: _dialect, ...healthJson } = z.toJSONSchema(healthSchema);
  return {
    Health: healthJson,
    TokenRequest: exactly({
      grant_type: { const: 'client_credentials' },
      client_assertion_type: { const: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' },
      client_assertion: { ...text, description: 'Compact JWS of the kind `assertion`, new for each request.' },
      scope: { ...text, description: 'Operations and `collection:<name>`, separated by spaces; at least one of each.' },
    }),
    TokenAnswer: exactly({ access_token: text, token_type: { const: 'Bearer' }, expires_in: { type: 'integer', description: 'Seconds.' }, scope: text }),
    Problem: problemSchema(),
    ...Object.fromEntries(claims),
  };
}

/** A refusal (RFC 9457), as every API of Tidegate answers it. */
export function problemSchema(): Schema {
  return exactly({
    type: { ...text, description: '`urn:tidegate:error:` and the code.' },
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: text,
    code: { ...text, enum: Object.keys(ERROR_CATALOGUE).sort(), description: 'What a consumer decides by; docs/errors.md tells of each.' },
    noUpdate: { ...text, description: 'The sentence that no update was performed.' },
    facts: { type: 'object', description: 'Names and numbers; never record content.' },
  });
}

/** Name of the schema of the claims of a kind of signed object. */
export function claimsName(kind: string): string {
  return `${kind[0]?.toUpperCase()}${kind.slice(1)}Claims`;
}

function exactly(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}
