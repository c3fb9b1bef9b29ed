/** Frames of an error's stack: files and functions. The first line would hold the message, which may quote what was read. */
export function stackFrames({ stack = '' }: Error): readonly string[] {
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
}
