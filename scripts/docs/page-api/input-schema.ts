import { z } from 'zod';

/** The JSON Schema of what a request may give: as it is before defaults, transformations and coercion. */
export function inputSchema(schema: z.ZodType): Readonly<Record<string, unknown>> {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { def } = zodSchema._zod;
      // z.preprocess only brings into form what the schema behind it describes.
      if (def.type === 'pipe' && def.in._zod.def.type === 'transform') Object.assign(jsonSchema, inputSchema(def.out as z.ZodType));
    },
  });
  return json;
}

/** Members of an object's schema, each with whether it has to be there. */
export function membersOf(schema: z.ZodType): readonly { readonly name: string; readonly required: boolean; readonly schema: unknown }[] {
  const { properties = {}, required = [] } = inputSchema(schema) as { properties?: Readonly<Record<string, unknown>>; required?: readonly string[] };
  return Object.entries(properties).map(([name, each]) => ({ name, required: required.includes(name), schema: each }));
}
