const TRANSFER = 'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const TRANSFER_SINGLE = 'c3d58168c5ae7397731d063d5bbf3d657854427343f4c083240f7aacaa2d0f62'
const TRANSFER_BATCH = '4a39dc06d4c0dbc64b70af90fd698a233a518aa5d07e595d983b8c0526c8f7fb'
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

/**
 * Creation code of a contract with words in storage. `ownerOf(id)` gives the word of the id, `balanceOf(account, id)` that of the account. What it does
 * otherwise, the length of what it is sent says:
 * one word, an id: the caller has the ERC-721 token, by an event;
 * two words: the second is the word of the first from now on, and nobody hears of it;
 * three words, an id, a quantity and anything: the caller has so much of the ERC-1155 token, by an event;
 * four words: nothing happens, but they are told as the ids and quantities of a TransferBatch.
 */
export function silentContract(): string {
  const store = (key: string, value: string): string => `${value}${key}55`
  const parts: [length: string, code: string][] = [
    ['24', '6004355460005260206000f3'],
    ['44', '6004355460005260206000f3'],
    ['20', `${store('600035', '33')}6000353360007f${TRANSFER}60006000a400`],
    ['40', `${store('600035', '602035')}00`],
    ['60', `${store('33', '602035')}60406000600037336000337f${TRANSFER_SINGLE}60406000a400`],
    ['80', `60806000600037336000337f${TRANSFER_BATCH}60806000a400`],
  ]
  // the length that was sent, 7 bytes for each choice, and a stop
  let at = 1 + parts.length * 7 + 1
  let [choices, codes] = ['', '']
  for (const [length, code] of parts) {
    const body = `5b${code}`
    choices += `8060${length}1460${at.toString(16).padStart(2, '0')}57`
    codes += body
    at += body.length / 2
  }
  const runtime = `36${choices}00${codes}`
  return `0x60${(runtime.length / 2).toString(16).padStart(2, '0')}8060093d393df3${runtime}`
}
