/** Many of the same, a few at a time. */
const atOnce = 20

export async function eachOf<Value>(
  count: number,
  make: (index: number) => Promise<Value> | undefined,
): Promise<Awaited<Value>[]> {
  const made: Awaited<Value>[] = []
  let next = 0
  const one = async () => {
    while (next < count) {
      const index = next
      next += 1
      const value = await make(index)
      if (value !== undefined) made[index] = value
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return made
}
