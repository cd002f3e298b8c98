import { Address, beginCell, type Cell } from '@ton/core'
import { describe, expect, test } from 'vitest'
import { undecodable } from './cells.js'
import type { TonApi } from './client.js'
import { inquire, newKnowledge } from './evidence.js'
import { assignmentIn, operationOf } from './messages.js'
import { ownerBefore } from './owners.js'
import { messagesOf } from './payload.js'
import { type Look, lookOf } from './select.js'
import type { StackRecord, TonMessage, TonTransaction } from './wire.js'

/*
 * What anybody can write into a message must never end the reading of a network: it is met here as contracts could have taken it.
 */

const at = (byte: string): string => `0:${byte.repeat(32)}`
const [item, alice, bob] = [at('11'), at('aa'), at('bb')]
const hex = (cell: Cell): string => cell.toBoc().toString('hex')
const op = (code: number) => beginCell().storeUint(code, 32)
const elsewhere = `1:${'bb'.repeat(32)}`
const address = (raw: string) =>
  new Address(Number(raw.slice(0, raw.indexOf(':'))), Buffer.from(raw.slice(raw.indexOf(':') + 1), 'hex'))
const transfer = (to: string): string => hex(op(0x5fcc3d14).storeUint(0, 64).storeAddress(address(to)).endCell())
const [cutOff, toNobody] = [
  hex(op(0x5fcc3d14).endCell()),
  hex(op(0x5fcc3d14).storeUint(0, 64).storeUint(0, 2).endCell()),
]
/** A library cell: the hash of what stands elsewhere. */
const exotic = hex(beginCell().storeUint(2, 8).storeUint(0n, 256).endCell({ exotic: true }))

const message = (from: string, to: string, body: string): TonMessage => ({
  ...{ msg_type: 'int_msg', bounced: false, value: 1n, raw_body: body },
  source: { address: from, is_wallet: false },
  destination: { address: to, is_wallet: false },
})
const transaction = (lt: bigint, body: string, change: Partial<TonTransaction> = {}): TonTransaction => ({
  ...{ hash: lt.toString(16).padStart(64, '0'), lt, account: { address: item, is_wallet: false }, utime: 1 },
  ...{ success: true, aborted: false, destroyed: false, orig_status: 'active', end_status: 'active' },
  ...{ in_msg: message(alice, item, body), out_msgs: [] },
  ...change,
})

/** Of an account with these transactions; whatever else is asked fails as `failure`. */
function apiOf(history: readonly TonTransaction[], failure = new Error('nobody should ask')): TonApi {
  const fail = () => Promise.reject(failure)
  return {
    ...{ endpoint: { name: 'test', url: '', redact: (text: string) => text, request: fail } },
    ...{ masterchainHead: fail, masterchainBlock: fail, blocks: fail, transactions: fail, blockTransactions: fail },
    ...{
      accounts: () => Promise.resolve([]),
      items: fail,
      collections: fail,
      history: () => Promise.resolve(history),
      method: fail,
    },
  }
}

async function evidenceOf(api: TonApi, look: Look, of: TonTransaction, knowledge = newKnowledge()) {
  const candidate = { transaction: of, look }
  return (await inquire(api, knowledge, [candidate], new Set())).evidenceOf(candidate)
}

test('an account that is frozen and paid for is not deployed: not told as such, and its past goes on', async () => {
  const thawed = { orig_status: 'frozen', end_status: 'active' } as const
  expect(lookOf(transaction(5n, hex(op(0).endCell()), thawed))).toBeNull()
  expect(lookOf(transaction(5n, transfer(bob), thawed))).toBe('transfer')
  expect(lookOf(transaction(5n, '', { orig_status: 'uninit' }))).toBe('deployment')
  const past = [transaction(7n, hex(op(0).endCell()), thawed), transaction(3n, transfer(bob))]
  const pages = {
    ...apiOf([]),
    history: (_: string, page: object) =>
      Promise.resolve('beforeLt' in page && page.beforeLt === 9n ? past.slice(0, 1) : past.slice(1)),
  }
  expect(await ownerBefore(pages, item, 9n)).toBe(bob)
})

describe('a destroyed account', () => {
  const gone = transaction(9n, '', { destroyed: true, end_status: 'nonexist' })

  test.each([
    ['a transfer that is cut off', transaction(5n, cutOff)],
    ['a transfer to nobody', transaction(5n, toNobody)],
    [
      'an ownership_assigned that is cut off',
      transaction(5n, '', { out_msgs: [message(item, bob, hex(op(0x05138d91).endCell()))] }),
    ],
    ['a message whose body is a library', transaction(5n, exotic)],
  ])('whose past has %s has the owner that it had before', async (_, odd) => {
    expect(await ownerBefore(apiOf([odd, transaction(3n, transfer(bob))]), item, 9n)).toBe(bob)
    expect(await ownerBefore(apiOf([odd]), item, 9n)).toBeUndefined()
    expect(await evidenceOf(apiOf([odd]), 'gone', gone)).toBeNull()
    const known = { address: item, collection: null, index: null }
    const withOwner = newKnowledge(async () => [{ ...known, owner: bob }])
    expect(await evidenceOf(apiOf([odd]), 'gone', gone, withOwner)).toMatchObject({ item: known, ownerBefore: bob })
    expect(
      await evidenceOf(
        apiOf([odd]),
        'gone',
        gone,
        newKnowledge(async () => [known]),
      ),
    ).toBeNull()
  })
})

test('an account about which something cannot be read proves nothing, and stops nobody', async () => {
  const api = apiOf([], undecodable('the cells hold something else'))
  expect(await evidenceOf(api, 'own', transaction(5n, ''))).toEqual({
    ...{ item: null, reason: 'the cells hold something else', sales: {} },
  })
  await expect(evidenceOf(apiOf([]), 'own', transaction(5n, ''))).rejects.toThrow('nobody should ask')
})

const cell = (raw: string): StackRecord => ({
  type: 'cell',
  cell: hex(beginCell().storeAddress(address(raw)).endCell()),
})
/** The stack of get_nft_data. */
const nft = (collection: string, owner: string): StackRecord[] => [
  ...[
    { type: 'num', num: '-0x1' },
    { type: 'num', num: '0x5' },
  ],
  ...[collection, owner].map(cell),
]

test('the owner at the deployment is not who got the item while it was asked for', async () => {
  const deployed = transaction(5n, hex(beginCell().storeAddress(address(alice)).endCell()), { orig_status: 'uninit' })
  const api: TonApi = {
    ...apiOf([transaction(7n, transfer(bob))]),
    // as of before the transfer
    accounts: () => Promise.resolve([{ address: item, status: 'active', last_transaction_lt: 5n, interfaces: [] }]),
    method: (account) => Promise.resolve({ stack: account === item ? nft(at('cc'), bob) : [cell(item)] }),
  }
  expect(await evidenceOf(api, 'deployment', deployed)).toMatchObject({ ownerAfter: alice })
})

test.each([
  ['was released', { in: op(0x4ed14b65), out: [message(item, alice, hex(op(0x4ed14b65).endCell()))] }],
  ['was destroyed as a soul-bound item', { in: op(0x1f04537a), out: [] }],
  [
    'was won in another auction',
    {
      in: op(0),
      out: [
        message(
          item,
          bob,
          hex(
            op(0x05138d91)
              .storeUint(0, 64)
              .storeAddress(address(alice))
              .storeMaybeRef(op(0x38127de1).storeCoins(7).storeUint(1, 32).endCell())
              .endCell(),
          ),
        ),
      ],
    },
  ],
])('the winner of an auction is not who owns the item that %s since', async (_, later) => {
  const proceeds = message(item, at('cc'), hex(op(0x370fec51).endCell()))
  const settled = transaction(5n, hex(op(0).endCell()), { out_msgs: [proceeds] })
  const api: TonApi = {
    ...apiOf([transaction(7n, hex(later.in.endCell()), { out_msgs: later.out })]),
    method: (account) => Promise.resolve({ stack: account === item ? nft(at('cc'), bob) : [cell(item)] }),
  }
  expect(await evidenceOf(api, 'settlement', settled)).toMatchObject({ ownerAfter: alice })
})

test('accounts of another workchain are asked for nothing, whoever names them', async () => {
  const asked: string[] = []
  const accounts = (names: readonly string[]) => {
    asked.push(...names)
    return Promise.resolve([])
  }
  const method = (account: string) => {
    asked.push(account)
    return Promise.resolve({ stack: nft(elsewhere, alice) })
  }
  const api = { ...apiOf([]), accounts, method }
  expect(await evidenceOf(api, 'transfer', transaction(5n, transfer(elsewhere)))).toMatchObject({ item: null })
  expect(asked).toEqual([alice, item])
  const sent = message(item, bob, hex(op(0x05138d91).storeUint(0, 64).storeAddress(address(elsewhere)).endCell()))
  expect(assignmentIn(messagesOf(transaction(5n, '', { out_msgs: [sent] })).out)).toBeNull()
})

test('a body that is an exotic cell is no operation', () => {
  expect(operationOf({ body: exotic })).toBeNull()
})
