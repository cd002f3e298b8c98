/*
 * TON's friendly addresses (TEP-2): 36 bytes in base64, 48 characters. One byte of flags, one of workchain, 32 of account, and a
 * CRC-16/XMODEM over these.
 */

const BOUNCEABLE = 0x11
const NON_BOUNCEABLE = 0x51
const TEST_ONLY = 0x80
const FORM = /^[A-Za-z0-9+/_-]{48}$/

const FORMS =
  'a TON address is 0: (or -1:) followed by 64 hexadecimal digits, or 48 characters of base64 that begin with EQ, UQ, Ef or Uf'

/** The raw address in a friendly one, or what is wrong with the input, in words that follow `is not an address: `. */
export function readFriendly(input: string): { readonly raw: string } | string {
  if (!FORM.test(input)) return FORMS
  const bytes = Buffer.from(input, 'base64url')
  if (bytes.readUInt16BE(34) !== crc16(bytes.subarray(0, 34))) {
    return 'its checksum does not match, so at least one character is wrong'
  }
  const flags = bytes.readUInt8(0)
  const kind = flags & ~TEST_ONLY
  if (kind !== BOUNCEABLE && kind !== NON_BOUNCEABLE) return FORMS
  if (kind !== flags) return 'it is marked as an address of a test network'
  const workchain = bytes.readInt8(1)
  if (workchain !== 0 && workchain !== -1) return `workchain ${workchain} does not exist: there are 0 and -1`
  return { raw: `${workchain}:${bytes.toString('hex', 2, 34)}` }
}

/** The friendly form of a raw address, in the url-safe alphabet. */
export function writeFriendly(raw: string, bounceable: boolean): string {
  const bytes = Buffer.alloc(36)
  const colon = raw.indexOf(':')
  bytes.writeUInt8(bounceable ? BOUNCEABLE : NON_BOUNCEABLE, 0)
  bytes.writeInt8(Number(raw.slice(0, colon)), 1)
  bytes.write(raw.slice(colon + 1), 2, 'hex')
  bytes.writeUInt16BE(crc16(bytes.subarray(0, 34)), 34)
  return bytes.toString('base64url')
}

/** CRC-16/XMODEM: polynomial 0x1021, initial value 0, nothing reflected. */
function crc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}
