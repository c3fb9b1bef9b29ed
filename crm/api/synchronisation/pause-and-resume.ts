import { z } from 'zod';
import { type Endpoint, linksWith, requireUser } from '../context.ts';
import { parsePart } from '../parse.ts';

/** Which link stops, and why. */
export const pauseSchema = z.strictObject({ link: z.string().max(200).optional(), reason: z.string().trim().min(3).max(500) });
/** Which link goes on. */
export const resumeSchema = z.strictObject({ link: z.string().max(200).optional() });

/** POST /api/pause {link?, reason} and POST /api/resume {link?}: stops and reopens the flow, by an integration-admin. */
export const pauseAndResume: Endpoint = (app, { links, control }) => {
  app.post('/pause', async (request, reply) => {
    const { email } = requireUser(request, 'govern');
    const { link, reason } = parsePart(pauseSchema, request.body);
    for (const { name } of linksWith(links, [], link)) await control.pause(name, { reason, by: email });
    return reply.code(204).send();
  });

  app.post('/resume', async (request, reply) => {
    const { email } = requireUser(request, 'govern');
    const { link } = parsePart(resumeSchema, request.body ?? {});
    for (const { name } of linksWith(links, [], link)) await control.resume(name, { by: email });
    return reply.code(204).send();
  });
};
