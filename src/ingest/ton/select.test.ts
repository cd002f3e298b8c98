import { beginCell } from '@ton/core'
import { expect, test } from 'vitest'
import { lookOf } from './select.js'
import type { TonMessage, TonTransaction } from './wire.js'

const party = { address: `0:${'01'.repeat(32)}`, is_wallet: false }
const body = beginCell().storeUint(0x5fcc3d14, 32).endCell().toBoc().toString('hex')
const message: TonMessage = { msg_type: 'int_msg', bounced: false, value: 1n, source: party, raw_body: body }
const transfer: TonTransaction = {
  ...{ hash: '00'.repeat(32), lt: 1n, account: party, success: true, utime: 0, aborted: false, destroyed: false },
  ...{ orig_status: 'active', end_status: 'active', in_msg: message, out_msgs: [] },
}

test.each<[string, Partial<TonTransaction>]>([
  ['failed', { success: false }],
  ['was aborted', { aborted: true }],
  ['took back what bounced', { in_msg: { ...message, bounced: true } }],
  ['took a message from outside', { in_msg: { ...message, msg_type: 'ext_in_msg' } }],
  ['found no account and left none', { success: false, orig_status: 'nonexist', end_status: 'nonexist' }],
])('a transaction that %s is no transfer, whatever its message says', (_, more) => {
  expect(lookOf(transfer)).toBe('transfer')
  expect(lookOf({ ...transfer, ...more })).toBeNull()
})
