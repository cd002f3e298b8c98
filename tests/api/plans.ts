import { expect, vi } from 'vitest'
import { z } from 'zod'
import type { RunningApi } from './apiFixture.js'

const statement = z.object({ name: z.string().optional(), text: z.string(), values: z.array(z.unknown()) })

/**
 * The plans that a statement of the API may get when `path` is asked for: the one for its values and, where it is prepared, the one
 * for any. Of what is sent, it is the one statement that has `part` in it. `explain` shows the first of them.
 */
export async function plansOf(
  api: RunningApi,
  path: string,
  part: string,
  explain: 'EXPLAIN' | 'EXPLAIN ANALYZE' = 'EXPLAIN',
): Promise<string[]> {
  const sent = vi.spyOn(api.pool.orm.$client, 'query')
  expect((await api.get(path)).status).toBe(200)
  const statements = sent.mock.calls.map(([config]) => statement.parse(config))
  sent.mockRestore()
  const [{ name, text, values } = { text: '', values: [] }, ...others] = statements.filter((one) =>
    one.text.includes(part),
  )
  expect(others).toEqual([])
  const plan = async (prefix: string, bound?: unknown[]): Promise<string> => {
    const rows = await api.owner.query<{ 'QUERY PLAN': string }>(`${prefix} ${text}`, bound)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const plans = [await plan(explain, values)]
  if (name !== undefined) plans.push(await plan('EXPLAIN (GENERIC_PLAN)'))
  return plans
}
