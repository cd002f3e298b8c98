/**
 * A token of PostgreSQL's SQL. `word` is a keyword or plain identifier in upper case; `quoted` a "quoted identifier", `string`
 * the text of '…', E'…' or $tag$…$tag$, both without their quotes; `symbol` everything else, one character each.
 */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'string' | 'symbol'
  readonly text: string
  readonly line: number
}

const patterns: readonly [kind: SqlToken['kind'] | 'space' | 'comment' | 'dollar', pattern: RegExp][] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*/y],
  ['dollar', /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y],
  ['string', /[eE]'(?:[^'\\]|\\.|'')*'/sy],
  ['string', /(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*'/y],
  ['quoted', /(?:[uU]&)?"(?:[^"]|"")*"/y],
  ['word', /[\w\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['symbol', /./sy],
]

/**
 * Tokens of a piece of SQL, comments left out.
 * @throws Error when a string, identifier or comment is not closed
 */
export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = []
  let position = 0
  let line = 1
  while (position < sql.length) {
    const start = { position, line }
    const [kind, text] = match(sql, position)
    position += text.length
    line += text.split('\n').length - 1
    if (kind === 'space' || kind === 'comment') continue
    if (kind === 'word') tokens.push({ kind, text: text.toUpperCase(), line: start.line })
    else if (kind === 'string' || kind === 'quoted') tokens.push({ kind, text: unquote(text), line: start.line })
    else if (kind === 'dollar') tokens.push({ kind: 'string', text: unquote(text), line: start.line })
    else if (text === "'" || text === '"') throw new Error(`line ${start.line}: ${text} is not closed`)
    else tokens.push({ kind, text, line: start.line })
  }
  return tokens
}

function match(sql: string, position: number): [kind: (typeof patterns)[number][0], text: string] {
  if (sql.startsWith('/*', position)) return ['comment', blockComment(sql, position)]
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = position
    const text = pattern.exec(sql)?.[0]
    if (text === undefined) continue
    if (kind !== 'dollar') return [kind, text]
    const end = sql.indexOf(text, position + text.length)
    if (end < 0) throw new Error(`${text} is not closed`)
    return [kind, sql.slice(position, end + text.length)]
  }
  throw new Error(`nothing matches at ${position}`)
}

/** Block comments nest in PostgreSQL, unlike in the SQL of others. */
function blockComment(sql: string, position: number): string {
  let depth = 0
  for (let index = position; index < sql.length; index++) {
    if (sql.startsWith('/*', index)) {
      depth++
      index++
    } else if (sql.startsWith('*/', index)) {
      depth--
      index++
      if (depth === 0) return sql.slice(position, index + 1)
    }
  }
  throw new Error('a comment is not closed')
}

function unquote(text: string): string {
  const tag = /^\$[^$]*\$/.exec(text)?.[0]
  if (tag !== undefined) return text.slice(tag.length, -tag.length)
  const quote = text.at(-1) ?? ''
  return text.slice(text.indexOf(quote) + 1, -1).replaceAll(quote + quote, quote)
}

/** Splits tokens at semicolons, but not inside the BEGIN ATOMIC … END body of a function. Empty statements are left out. */
export function sqlStatements(tokens: readonly SqlToken[]): SqlToken[][] {
  const statements: SqlToken[][] = [[]]
  let depth = 0
  for (const [index, token] of tokens.entries()) {
    if (isWord(token, 'BEGIN') && isWord(tokens[index + 1], 'ATOMIC')) depth++
    else if (depth > 0 && isWord(token, 'CASE')) depth++
    else if (depth > 0 && isWord(token, 'END')) depth--
    if (depth === 0 && token.kind === 'symbol' && token.text === ';') statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.filter((statement) => statement.length > 0)
}

/** Whether a token is one of these keywords (upper case). */
export function isWord(token: SqlToken | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text)
}
