/** Money that an order pays to somebody. */
interface Payment {
  readonly recipient: string
  readonly amount: bigint
}

/** Accounts to which marketplaces let their fees be paid: they tell whose customers made a Seaport order. */
const FEE_RECIPIENTS: ReadonlyMap<string, string> = new Map([
  ['0x0000a26b00c1f0df003000390027140000faa719', 'opensea'],
  ['0x8de9c5a032463c561423387a9648c5c7bcc5bc90', 'opensea'],
  ['0x5b3256965e7c3cf26e11fcaf296dfc8807c01073', 'opensea'],
])

/** Whose customers made a Seaport order, by who is paid a fee; `seaport` when nobody known is. */
export function marketplaceOf(payments: readonly Payment[]): string {
  return payments.map(({ recipient }) => FEE_RECIPIENTS.get(recipient)).find((name) => name !== undefined) ?? 'seaport'
}

/**
 * What of these payments went to the marketplace and what to creators. Seaport does not say which is which: with a known
 * marketplace among the recipients the rest is the creators' (and may hold a tip); without one, what is neither the seller's nor
 * known cannot be split, and both are null.
 */
export function splitFees(
  payments: readonly Payment[],
  seller: string,
): { readonly fees: string | null; readonly royalties: string | null } {
  const others = payments.filter(({ recipient }) => recipient !== seller)
  const fees = others.filter(({ recipient }) => FEE_RECIPIENTS.has(recipient))
  if (others.length > 0 && fees.length === 0) return { fees: null, royalties: null }
  const rest = others.filter((payment) => !fees.includes(payment))
  return { fees: total(fees), royalties: total(rest) }
}

function total(payments: readonly Payment[]): string {
  return payments.reduce((sum, { amount }) => sum + amount, 0n).toString()
}
