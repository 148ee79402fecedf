import type { Case } from './case.ts';
import { fields } from './house-fields.ts';
import { lines } from './house-lines.ts';
import { responses } from './house-responses.ts';
import { starts } from './house-start.ts';
import { values } from './house-values.ts';

/** Messages of our own; their sections are those of RFC 3261. */
export const house: readonly Case[] = [...lines, ...fields, ...starts, ...values, ...responses];
