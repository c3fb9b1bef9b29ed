import { z } from 'zod';

/** Where the company's configuration is. */
export const config = { TIDEGATE_CONFIG: z.string().min(1).default('tidegate.config.ts').meta({ description: 'File of the configuration.' }) };

/** Where the third party's configuration is. */
export const cloudConfig = {
  TIDEGATE_CLOUD_CONFIG: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "File of the third party's configuration: rules for its own users. Without it there are none." }),
};
