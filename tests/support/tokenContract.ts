const TRANSFER = 'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
/** Where the code is that answers questions. */
const ANSWER = '34'

/** Yes to ERC-721's id, no to all others. */
const HONEST = '60043560e01c6380ac58cd1460005260206000f3'

/** What a contract can do when it is asked a question of 36 bytes, such as ERC-165's supportsInterface. */
export const answers = {
  'says that it is ERC-721': HONEST,
  // after a hash of 128 KiB
  'says so for more than 30,000 gas': `6201ffff60002050${HONEST}`,
  'says yes to anything': '600160005260206000f3',
  'says no to anything': '600060005260206000f3',
  'gives two for true': '60043560e01c6380ac58cd1460011b60005260206000f3',
  'gives one byte': '60016000f3',
  'gives nothing': '00',
  reverts: '60006000fd',
  'meets an invalid instruction': 'fe',
  'takes all gas': `60${ANSWER}56`,
} as const

/**
 * Creation code of a contract that gives its caller the ERC-721 token with the id that it is sent (32 bytes), by an event and nothing else,
 * and does `answer` when it is sent a question.
 */
export function tokenContract(answer: string): string {
  const runtime = `3660241460${ANSWER}576000353360007f${TRANSFER}60006000a4005b${answer}`
  return `0x60${(runtime.length / 2).toString(16).padStart(2, '0')}8060093d393df3${runtime}`
}
