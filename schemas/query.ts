/** Bounds of the query language; a query beyond them is refused, and the message names the bound. */
export const queryLimits = {
  characters: 4_000,
  /** Comparisons in one query. */
  terms: 25,
  /** Parentheses and NOT inside each other. */
  depth: 16,
  /** Values of one IN. */
  values: 100,
} as const
