/** `0x` quantity of JSON-RPC. */
export function quantity(value: number): string {
  return `0x${value.toString(16)}`
}

/** 64 hex digits of a non-negative integer. */
export function word(value: number | bigint): string {
  return value.toString(16).padStart(64, '0')
}

/** 64 hex digits of an address. */
export function addressWord(address: string): string {
  return address.slice(2).padStart(64, '0')
}

/** A made-up address: a family of addresses has one first byte, so that a reader can tell them apart. */
export function address(family: number, index: number): string {
  return `0x${family.toString(16).padStart(2, '0')}${(index + 1).toString(16).padStart(38, '0')}`
}
