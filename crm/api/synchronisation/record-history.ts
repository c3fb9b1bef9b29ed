import { z } from 'zod';
import { TidegateError } from '../../../exchange/errors.ts';
import { namedCollections } from '../../status/named-collection.ts';
import { readRecordStory } from '../../status/record-story.ts';
import { readRecordTimeline } from '../../status/record-timeline.ts';
import { recordGate } from '../../records/record-gate.ts';
import { type Endpoint, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which record. */
export const querySchema = z.strictObject({ collection: z.string().max(63), key: z.uuid() });

/**
 * GET /api/record-standing?collection&key: where a record stands on every link that has its collection, and how it came there.
 * GET /api/record-timeline?collection&key: what is known to have happened to it, newest first. Errors:
 * `collection-unknown`, `record-not-found` where rules of access hide the record.
 */
export const recordHistory: Endpoint = (app, { database: { crm, control }, links, temporalUi }) => {
  const collections = namedCollections(links);
  const wanted = (name: string) => {
    const named = collections.filter(({ collection }) => collection === name);
    if (named.length === 0) throw new TidegateError('collection-unknown', undefined, { collection: name });
    return named;
  };
  app.get('/record-standing', async (request) => {
    const user = requireUser(request, 'read');
    const { collection, key } = parsePart(querySchema, request.query);
    for (const each of wanted(collection)) await (await recordGate(crm, user, each)).require([key]);
    return { links: await Promise.all(wanted(collection).map((each) => readRecordStory(control, each, key, temporalUi))) };
  });
  app.get('/record-timeline', async (request) => {
    const user = requireUser(request, 'read');
    const { collection, key } = parsePart(querySchema, request.query);
    const gates = await Promise.all(wanted(collection).map((each) => recordGate(crm, user, each)));
    for (const gate of gates) await gate.require([key]);
    const entries = await readRecordTimeline(control, wanted(collection), key);
    return { entries: entries.map((entry) => ({ ...entry, fields: entry.fields.filter(({ field }) => !gates.some((gate) => gate.hides(field))) })) };
  });
};
