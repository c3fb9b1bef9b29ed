import { inflateRawSync } from 'node:zlib';
import { TidegateError } from '../exchange/errors.ts';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_HEADER_SIZE = 30;
const DEFLATED = 8;

/**
 * The content of the one file in a zip archive whose name fits (PKWARE APPNOTE 4.3; a Python wheel is such an archive).
 * Reads what wheels use: stored and deflated files below 4 GiB. Throws `set-up-failed` if there is none such.
 */
export function readZipEntry(archive: Buffer, fits: (name: string) => boolean): Buffer {
  const end = archive.lastIndexOf(uint32(END_OF_DIRECTORY));
  if (end < 0 || end + END_SIZE > archive.length) throw new TidegateError('set-up-failed', 'The archive has no directory.');
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let index = 0; index < count; index += 1) {
    if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new TidegateError('set-up-failed', 'The directory of the archive is damaged.');
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength);
    if (fits(name)) return content(archive, at);
    at += ENTRY_SIZE + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  throw new TidegateError('set-up-failed', 'The archive does not hold the file.');
}

function content(archive: Buffer, entry: number): Buffer {
  const size = archive.readUInt32LE(entry + 20);
  const header = archive.readUInt32LE(entry + 42);
  const start = header + LOCAL_HEADER_SIZE + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const bytes = archive.subarray(start, start + size);
  return archive.readUInt16LE(entry + 10) === DEFLATED ? inflateRawSync(bytes) : bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
