import { randomBytes } from 'node:crypto';

/** §8.1.1.7: the magic cookie that marks a branch as unique in time and space. */
export const BRANCH_COOKIE = 'z9hG4bK';

/** An unguessable token for tags and Call-IDs; the package's own are drawn from a million. */
export function newToken(): string {
  return randomBytes(12).toString('hex');
}

export function newBranch(): string {
  return BRANCH_COOKIE + newToken();
}
