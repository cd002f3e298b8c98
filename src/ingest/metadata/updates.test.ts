import { expect, test } from 'vitest'
import { FtError } from '../../core/errors.js'
import { readUpdates } from './updates.js'

const updates = [{ contract: `0x${'aa'.repeat(20)}`, first: 1n, last: 2n }]

/** An endpoint that gives so many blocks at once, and the ranges that it was asked for. */
function endpoint(most: number) {
  const asked: string[] = []
  const read = async (from: number, to: number) => {
    asked.push(`${from}-${to}`)
    if (to - from + 1 > most) throw new FtError('range_too_large', 'less, please')
    return updates
  }
  return { asked, read }
}

test('a hundred blocks are asked about at once, and fewer where there are fewer', async () => {
  const { read } = endpoint(1_000)
  expect(await readUpdates(read, { from: 5, to: 7 })).toEqual({ span: { from: 5, to: 7 }, updates })
  expect(await readUpdates(read, { from: 5, to: 5_000 })).toEqual({ span: { from: 5, to: 104 }, updates })
})

test('an endpoint that gives fewer at once is asked for fewer; a block that it does not give by itself is passed over', async () => {
  const few = endpoint(10)
  expect(await readUpdates(few.read, { from: 1, to: 100 })).toEqual({ span: { from: 1, to: 7 }, updates })
  expect(few.asked).toEqual(['1-100', '1-50', '1-25', '1-13', '1-7'])
  expect(await readUpdates(endpoint(0).read, { from: 3, to: 9 })).toEqual({ span: { from: 3, to: 3 }, updates: [] })
})

test('any other error is one', async () => {
  const read = () => Promise.reject(new FtError('rpc_transient', 'not now'))
  await expect(readUpdates(read, { from: 1, to: 2 })).rejects.toMatchObject({ code: 'rpc_transient' })
})
