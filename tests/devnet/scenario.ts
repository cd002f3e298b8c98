import type { DevAction } from '../../src/devnet/actions.js'
import type { DevContracts } from '../../src/devnet/contracts.js'

/** Every kind of movement and every odd case at least once, as lists of actions per block. Some blocks are empty. */
export function scenario(contracts: DevContracts, accounts: readonly string[]): readonly (readonly DevAction[])[] {
  const [minter = '', alice = '', bob = '', carol = ''] = accounts
  const [tickets = '', plots = ''] = contracts.erc721
  const [items = '', badges = ''] = contracts.erc1155
  const coins = contracts.erc20
  const mint = (contract: string, to: string): DevAction => ({ kind: 'mint721', contract, to })
  const move = (contract: string, tokenId: bigint, from: string, to: string, safe = false): DevAction => ({
    ...{ kind: 'move721', contract, tokenId, from, to, safe },
  })
  const some = (id: bigint, amount: bigint) => ({ id, amount })
  return [
    [mint(tickets, alice)], // token id 0
    [mint(tickets, alice), mint(plots, bob)],
    [move(tickets, 0n, alice, bob)],
    [move(tickets, 1n, alice, bob, true), move(tickets, 1n, bob, carol)], // twice in one block
    [],
    [move(plots, 0n, bob, bob)], // to oneself
    [{ kind: 'mint1155', contract: items, to: alice, items: [some(0n, 10n)], batch: false }],
    [{ kind: 'mint1155', contract: items, to: bob, items: [some(1n, 5n), some(2n, 7n), some(1n, 1n)], batch: true }],
    [{ kind: 'mint20', contract: coins, to: alice, amount: 1_000n }],
    [{ kind: 'move20', contract: coins, from: alice, to: bob, amount: 10n }],
    [{ kind: 'move1155', contract: items, from: alice, to: bob, items: [some(0n, 4n)], batch: false }],
    [
      {
        kind: 'move1155',
        contract: items,
        from: bob,
        to: carol,
        items: [some(1n, 1n), some(1n, 2n), some(2n, 0n)],
        batch: true,
      },
    ],
    [{ kind: 'move1155', contract: items, from: carol, to: alice, items: [some(2n, 0n)], batch: false }], // nothing moves
    [],
    [{ kind: 'move1155', contract: items, from: bob, to: bob, items: [some(0n, 4n)], batch: false }], // to oneself
    [{ kind: 'move1155', contract: items, from: carol, to: alice, items: [], batch: true }], // an empty batch
    [{ kind: 'burn1155', contract: items, from: alice, items: [some(0n, 6n)], batch: false }], // the last of it
    [{ kind: 'burn1155', contract: items, from: bob, items: [some(1n, 3n), some(2n, 6n)], batch: true }],
    [{ kind: 'mint1155', contract: badges, to: minter, items: [some(2n ** 256n - 1n, 2n ** 255n)], batch: false }],
    [{ kind: 'burn721', contract: tickets, from: bob, tokenId: 0n }],
    [mint(tickets, carol)], // ids are not used twice
    [],
    [move(tickets, 2n, carol, alice), { kind: 'burn721', contract: tickets, from: alice, tokenId: 2n }],
    [],
    [],
    [mint(plots, minter)],
    [],
    [],
  ]
}
