/** What the caller of a script can put right: its message is all there is to say. */
export class UsageError extends Error {}
