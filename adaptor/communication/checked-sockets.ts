import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { buildConnector } from 'undici';
import { TidegateError } from '../../exchange/errors.ts';

/** Whether the producer's certificate is believed. Throws `certificate-revoked` or `client-not-allowed`. */
export type CheckServer = (certificate: X509Certificate) => Promise<void>;

/**
 * Connections whose server certificate is looked at when they are made, and again before every request: a certificate
 * expires, or is revoked, while its connection is kept.
 */
export class CheckedSockets {
  readonly #connect: buildConnector.connector;
  readonly #checkServer: CheckServer | undefined;
  readonly #open = new Map<TLSSocket, X509Certificate>();

  constructor(options: buildConnector.BuildOptions, checkServer: CheckServer | undefined) {
    // No session is resumed: a resumed one shows no certificate, and its time is not checked.
    this.#connect = buildConnector({ ...options, maxCachedSessions: 0 });
    this.#checkServer = checkServer;
  }

  /** Makes a connection (for `connect` of undici). */
  readonly connect: buildConnector.connector = (options, callback) => {
    this.#connect(options, (error, socket) => {
      if (error === null) void this.#admitTo(socket, callback);
      else callback(error, null);
    });
  };

  async #admitTo(socket: Socket, callback: buildConnector.Callback): Promise<void> {
    try {
      await this.#admit(socket);
    } catch (refused) {
      socket.destroy();
      callback(refused as Error, null);
      return;
    }
    callback(null, socket);
  }

  /** Ends connections whose certificate has expired. Throws what `checkServer` throws of one that is open; that one is ended too. */
  async check(): Promise<void> {
    const nowMs = Date.now();
    for (const [socket, certificate] of this.#open) {
      if (nowMs >= certificate.validToDate.getTime()) {
        socket.destroy();
        continue;
      }
      try {
        await this.#checkServer?.(certificate);
      } catch (error) {
        socket.destroy();
        throw error;
      }
    }
  }

  async #admit(socket: Socket): Promise<void> {
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
    if (!(socket instanceof TLSSocket) || certificate === undefined) throw new TidegateError('connection-failed', 'The producer showed no certificate.');
    await this.#checkServer?.(certificate);
    this.#open.set(socket, certificate);
    socket.once('close', () => this.#open.delete(socket));
  }
}
