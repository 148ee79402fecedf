import type { Case } from './case.ts';

export const house: readonly Case[] = [];
