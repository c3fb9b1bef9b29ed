import { Readable } from 'node:stream';
import type { Connection, Submittable } from 'pg';

/** Code of CopyData in PostgreSQL's protocol (55.7, message formats), and the bytes before the content of any message: code and length. */
const COPY_DATA = 0x64;
const HEADER_BYTES = 5;

/** The socket of a connection; its one listener takes the messages apart. */
type Socket = Connection['stream'];
type Listener = (bytes: Buffer) => void;

/**
 * Rows of `COPY ... TO STDOUT`, as a stream of bytes; to be given to a client's `query`. PostgreSQL sends a message for each row.
 * To make a buffer of each, as a reader of messages does, costs more than all else that is done with a row on its way, so
 * their contents are moved together where they lie, and the other messages are left to the driver. Back-pressure reaches
 * PostgreSQL. An error of the statement or of the connection is the stream's.
 */
export class CopyOut extends Readable implements Submittable {
  /** The statement; traces name their spans by it. */
  readonly text: string;
  #socket: Socket | undefined;
  #driver: Listener | undefined;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the present message that have yet to come, and whether they are of a row. */
  #missing = 0;
  #isRow = false;

  constructor(text: string) {
    super();
    this.text = text;
  }

  /** Called by the client when it is this statement's turn. */
  submit(connection: Connection): void {
    const socket = connection.stream;
    const [driver, ...others] = socket.listeners('data') as Listener[];
    if (driver === undefined || others.length > 0) throw new Error('The connection is read by others.');
    this.#socket = socket;
    this.#driver = driver;
    socket.off('data', driver);
    socket.on('data', this.#take);
    connection.query(this.text);
  }

  /** The statement is over; what follows is the driver's. */
  handleCommandComplete(): void {
    this.#leave();
    this.push(null);
  }

  handleReadyForQuery(): void {}

  handleError(error: Error): void {
    this.#leave();
    this.destroy(error);
  }

  override _read(): void {
    this.#socket?.resume();
  }

  #leave(): void {
    if (this.#socket === undefined || this.#driver === undefined) return;
    this.#socket.off('data', this.#take);
    this.#socket.on('data', this.#driver);
    this.#socket.resume();
    this.#socket = undefined;
  }

  /** What comes from the socket is nobody else's, and is written over: contents of rows are moved to follow each other. */
  readonly #take = (bytes: Buffer): void => {
    let start = 0;
    let end = 0;
    let at = 0;
    const hand = (): void => {
      if (end > start && !this.push(bytes.subarray(start, end))) this.#socket?.pause();
      start = end = at;
    };
    while (at < bytes.length && this.#socket !== undefined) {
      if (this.#missing === 0) at = this.#takeHeader(bytes, at);
      // The driver may end this stream with what it is given.
      if (!this.#isRow) hand();
      const next = Math.min(bytes.length, at + this.#missing);
      this.#missing -= next - at;
      if (this.#isRow) {
        bytes.copyWithin(end, at, next);
        end += next - at;
      } else this.#driver?.(bytes.subarray(at, next));
      at = next;
    }
    hand();
    // What follows the end of the statement, whole messages or pieces.
    if (at < bytes.length) this.#driver?.(bytes.subarray(at));
  };

  /** Reads what is there of a message's header, from `at`; answers where it ends. */
  #takeHeader(bytes: Buffer, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headerBytes, bytes.length - at);
    bytes.copy(this.#header, this.#headerBytes, at, at + taken);
    this.#headerBytes += taken;
    if (this.#headerBytes < HEADER_BYTES) return bytes.length;
    this.#headerBytes = 0;
    this.#isRow = this.#header[0] === COPY_DATA;
    this.#missing = this.#header.readUInt32BE(1) - 4;
    if (!this.#isRow) this.#driver?.(Buffer.from(this.#header));
    return at + taken;
  }
}
