import { createHistogram } from 'node:perf_hooks'
import { z } from 'zod'

export const figures = z.object({
  perSecond: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** All that were done, the warm-up too. */
  requests: z.int(),
})
export type Figures = z.infer<typeof figures>

/** How long is measured, how long is run before that without being measured, and how many at once. */
export const run = z.object({ connections: z.int(), warmUpMs: z.number(), measureMs: z.number() })
export type Run = z.infer<typeof run>

/** Does `work(n)` over and over, so many at once, and measures how often and how fast. */
export async function measure(
  { connections, warmUpMs, measureMs }: Run,
  work: (n: number) => Promise<void>,
): Promise<Figures> {
  const histogram = createHistogram()
  const begin = performance.now() + warmUpMs
  const end = begin + measureMs
  let next = 0
  let done = 0
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      const start = now
      const n = next
      next += 1
      await work(n)
      now = performance.now()
      if (now < begin || now > end) continue
      done += 1
      histogram.record(Math.max(1, Math.round((now - start) * 1e3)))
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  return {
    perSecond: done / (measureMs / 1e3),
    p50Ms: histogram.percentile(50) / 1e3,
    p99Ms: histogram.percentile(99) / 1e3,
    requests: next,
  }
}
