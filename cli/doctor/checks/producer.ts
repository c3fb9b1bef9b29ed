import { once } from 'node:events';
import { connect } from 'node:tls';
import { clientTlsOptions, readTlsMaterial } from '../../../adaptor/auth/tls.ts';
import { errorOfConnection } from '../../../adaptor/communication/producer-connection.ts';
import { ERROR_CATALOGUE } from '../../../exchange/error-catalogue.ts';
import { TidegateError } from '../../../exchange/errors.ts';
import { healthSchema } from '../../../exchange/health.ts';
import { linkName } from '../../../exchange/names.ts';
import { PROTOCOL_VERSION } from '../../../exchange/protocol.ts';
import { type Check, type Finding, fault, ok } from '../finding.ts';
import type { Parts } from '../parts.ts';
import { judgeCertificate } from './certificates.ts';
import { judgePostgres } from './versions.ts';

/** The third party's side, by what it says: it answers, speaks our protocol, believes this side, and grants every link a token. */
export const producer: Check<Parts> = {
  name: 'producer',
  run: async (parts) => {
    const url = parts.setting('TIDEGATE_CLOUD_URL');
    const { links } = await parts.config();
    const findings: Finding[] = [];
    for (const link of links) {
      const client = await parts.producer({ tenant: link.tenant, environment: link.environment, link: link.link });
      if (findings.length === 0) {
        try {
          findings.push(...judgeHealth(url, await client.health()));
        } catch (error) {
          return [told(url, error)];
        }
      }
      try {
        await client.requestToken({ operations: ['forward', 'reverse'], collections: link.collections.map(({ name }) => name) });
        findings.push(ok(linkName(link), 'it grants a token for every collection'));
      } catch (error) {
        findings.push(told(linkName(link), error));
      }
    }
    return [...findings, await judgePeer(parts, new URL(url))];
  },
};

function judgeHealth(url: string, answer: unknown): readonly Finding[] {
  const health = healthSchema.safeParse(answer);
  if (!health.success) return [fault(url, 'what answers there is no producer', 'Correct TIDEGATE_CLOUD_URL.')];
  const { protocol, accepts, versions } = health.data;
  const store =
    versions?.postgres === undefined ? [] : [judgePostgres(versions.postgres)].map((finding) => ({ ...finding, subject: `its ${finding.subject}` }));
  if (!accepts.includes(PROTOCOL_VERSION))
    return [
      fault(url, `it speaks protocol ${protocol} and takes ${accepts.join(', ')}, not ${PROTOCOL_VERSION}`, ERROR_CATALOGUE['protocol-version'].action),
      ...store,
    ];
  return [ok(url, `up, protocol ${protocol}`), ...store];
}

/** An error in the words of the catalogue, which say what to do. */
function told(subject: string, error: unknown): Finding {
  if (!(error instanceof TidegateError)) throw error;
  return fault(subject, `${error.message} [${error.code}]`, ERROR_CATALOGUE[error.code].action);
}

/** The certificate that the producer presents; it expires on the third party's side, and stops this one. */
async function judgePeer(parts: Parts, url: URL): Promise<Finding> {
  const files = { ca: parts.setting('TIDEGATE_TLS_CA'), certificate: parts.setting('TIDEGATE_TLS_CERTIFICATE'), key: parts.setting('TIDEGATE_TLS_KEY') };
  const { servername = '', ...tls } = clientTlsOptions(await readTlsMaterial(files), url.hostname);
  const named = /^[\d.:[\]]+$/.test(servername) ? {} : { servername };
  const socket = connect({ ...tls, ...named, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 443), timeout: 5000 });
  socket.once('timeout', () => socket.destroy(new TidegateError('connection-failed')));
  try {
    await once(socket, 'secureConnect');
    return judgeCertificate("the producer's certificate", socket.getPeerCertificate().raw, parts.nowMs());
  } catch (error) {
    return told(url.href, errorOfConnection(error));
  } finally {
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
