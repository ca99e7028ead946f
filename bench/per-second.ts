/** So many of one operation in all, 50 at a time: how many in a second. */
export const atOnce = 50

export async function perSecond(count: number, operation: () => Promise<unknown>): Promise<number> {
  let left = count
  const began = performance.now()
  const one = async () => {
    while (left > 0) {
      left -= 1
      await operation()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return (count * 1_000) / (performance.now() - began)
}
