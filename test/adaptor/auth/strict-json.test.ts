import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../adaptor/auth/strict-json.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('strict JSON', () => {
  it('reads every JSON value as JSON.parse does, however it is spaced', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, '\t', ' \n'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    '{"a":1, "a" :2}',
    '{"a":{"b":[{"c":1,"c":2}]}}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
    '{"a\\"":1,"a\\"":2}',
    '{"":1,"":2}',
  ])('refuses a member that is named twice: %s', (text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    expect(() => parseStrictJson(bytes(text))).toThrow(SyntaxError);
  });

  it.each(['{"a":"\\":","b":":"}', '[{"a":1},{"a":2}]', '{"a":{"a":{"a":"\\\\"}}}', '{"__proto__":{"a":1}}', '["a:", "b"]'])(
    'takes what only looks like it: %s',
    (text) => {
      expect(parseStrictJson(bytes(text))).toEqual(JSON.parse(text));
    },
  );

  it('finds a doubled member among any others', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, noNullPrototype: true }), fc.nat(), (members, pick) => {
        const entries = Object.entries(members).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
        const doubled = entries[pick % entries.length] ?? '';
        expect(() => parseStrictJson(bytes(`{${[...entries, doubled].join(',')}}`))).toThrow(SyntaxError);
        expect(() => parseStrictJson(bytes(`{${entries.join(',')}}`))).not.toThrow();
      }),
    );
  });

  it.each([
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0x80, 0x22)],
    ['a byte order mark', Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)],
    ['no JSON', bytes('{a:1}')],
    ['two values', bytes('{}{}')],
    ['nothing', bytes('')],
  ])('refuses %s', (_, input) => {
    expect(() => parseStrictJson(input)).toThrow(SyntaxError);
  });

  it('survives any depth', () => {
    const deep = `${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`;
    expect(() => parseStrictJson(bytes(deep))).not.toThrow(RangeError);
  });
});
