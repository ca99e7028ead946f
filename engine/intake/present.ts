/** Validated JSON has no `undefined`, but its types allow it; the engine's do not. */
export type Present<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

export const present = <Value extends object>(value: Value): Present<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Present<Value>
