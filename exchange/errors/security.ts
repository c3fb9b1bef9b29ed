import { type ErrorEntry, entry } from './entry.ts';

/** Refusals of transport and access level security. */
export const SECURITY_ERRORS = {
  // transport level security
  'certificate-expired': entry(401, false, 'The client certificate has expired.', 'Renew the certificate and restart the side that presents it.'),
  'certificate-missing': entry(401, false, 'No client certificate was presented.', 'Configure the certificate and key of this side.'),
  'certificate-revoked': entry(401, false, 'The client certificate is revoked.', 'Issue and register a new certificate.', 'Only where somebody revoked it.'),
  'client-not-allowed': entry(403, false, 'The client certificate is not registered for this link.', 'Register the certificate thumbprint at the other side.'),
  'connection-failed': entry(
    503,
    true,
    'The other side could not be reached.',
    'None; it is retried. If it lasts, check address, network and certificate of the other side.',
    'Yes, for a minute, while the other side restarts.',
  ),
  // access level security
  'sealed-key-in-use': entry(
    409,
    false,
    'The key is still needed.',
    'Rotate, and wait until nothing at the cloud is under it (`tidegate seal status`); what was set aside there has to be mended first.',
    'Yes, until a rotation has come to its end.',
  ),
  'sealed-key-missing': entry(
    500,
    false,
    'There is no key for sealed fields, or not the one that is needed.',
    'Name the key file (TIDEGATE_SEAL_KEYS) to the worker; put a key that was taken out back from its backup. Nothing moves in the collection until then.',
  ),
  'codec-key-in-use': entry(
    409,
    false,
    'Histories in Temporal may still be under the key.',
    'Wait until the runs that began before the rotation are gone from Temporal (its retention), then try again.',
    'Yes, for as long as Temporal keeps finished runs.',
  ),
  'codec-key-missing': entry(
    422,
    false,
    'The payload is encoded under a key that is not here.',
    'Give every process that reaches Temporal the same key file (TIDEGATE_CODEC_KEYS); put a key that was taken out back from its copy. Runs wait meanwhile, and go on by themselves.',
  ),
  'codec-payload-damaged': entry(
    422,
    false,
    'The encoded payload does not open: it was altered, or is not of this codec.',
    'Find out who writes into the namespace: a payload that one of our processes encoded opens under the key that it names.',
  ),
  'invalid-token': entry(401, false, 'The token or signature is not valid.', 'Check the clocks of both sides, the registered keys, and who sent the request.'),
  'issuer-not-crm': entry(403, false, 'The message was not signed by the CRM of this link.', 'Treat as an attack unless keys were just exchanged.'),
  'key-unknown': entry(401, false, 'The signing key is not registered, or no longer valid.', 'Register the reference key at the other side.'),
  'link-mismatch': entry(403, false, 'The message belongs to another link, tenant or environment.', 'Check the configuration of the link on both sides.'),
  'message-expired': entry(
    401,
    false,
    'The message has expired or is not valid yet.',
    'None; the next period orders again. If it repeats, check the clocks of both sides.',
    'Yes, once, after a pause or an outage longer than the message is valid.',
  ),
  'message-missing': entry(
    403,
    false,
    'No valid reverse synchronisation message was presented.',
    'Find out who asked: reverse synchronisation exists only by an order of the CRM.',
  ),
  'message-not-accepted': entry(
    403,
    false,
    'The reverse synchronisation message has not been accepted, or is spent.',
    'Order again (`tidegate pull`).',
    'Yes, where a run was repeated after its message was spent.',
  ),
  'message-open': entry(
    409,
    true,
    'Another reverse message for this collection is still open.',
    'None; the next order waits for the one before.',
    'Yes, where two orders meet.',
  ),
  'proof-mismatch': entry(
    401,
    false,
    'The proof does not belong to this request, token or certificate.',
    'Treat as an attack unless certificates were just exchanged.',
  ),
  'release-mismatch': entry(
    409,
    false,
    'What is to be written is not what was released.',
    'Look at it again, then decide anew. Treat as an attack if it repeats.',
  ),
  'release-not-accepted': entry(403, false, 'The release has not been accepted, or was used.', 'Decide anew; a release allows one write.'),
  replayed: entry(409, false, 'The request was seen before.', 'Treat as an attack, or a fault in the sender.'),
  'replayed-different': entry(409, false, 'The id was used before with another body.', 'Treat as an attack, or a fault in the sender.'),
  'scope-denied': entry(403, false, 'The token does not allow this operation or collection.', 'Check the collections that the link allows.'),
} as const satisfies Record<string, ErrorEntry>;
