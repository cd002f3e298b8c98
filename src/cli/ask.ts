import { createInterface } from 'node:readline/promises'

/** Asks a person a question and gives the answer without its line end. */
export type Ask = (question: string) => Promise<string>

/** Asks on the terminal of this process; null where nobody sits at one. */
export function terminalAsk(): Ask | null {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return null
  return async (question) => {
    const prompt = createInterface({ input: process.stdin, output: process.stdout })
    try {
      return await prompt.question(question)
    } finally {
      prompt.close()
    }
  }
}
