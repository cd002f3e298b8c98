import { isWord, type SqlToken, sqlStatements, sqlTokens } from './sqlTokens.js'

/** Tables and columns (`TABLE.COLUMN`) that the migration itself adds: nothing can depend on them yet. */
type Added = Set<string>

/**
 * What in a migration is more than an addition, as `line N: reason`: DROP, RENAME, another column type, TRUNCATE, DELETE, NOT NULL on
 * a column that was there before, and statements that cannot be part of the migrator's transaction. Bodies of functions are
 * not looked into, they do not run yet; bodies of DO blocks and the SQL strings in them are.
 * @throws Error when the SQL does not end where its strings and comments end
 */
export function nonAdditive(sql: string): string[] {
  const added: Added = new Set()
  return sqlStatements(sqlTokens(sql)).flatMap((statement) => checkStatement(statement, added))
}

const transactionControl = ['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE', 'VACUUM']

function checkStatement(statement: readonly SqlToken[], added: Added): string[] {
  const [first] = statement
  if (first === undefined) return []
  if (isWord(first, 'DROP', 'TRUNCATE', 'DELETE')) return [at(first, first.text)]
  if (isWord(first, ...transactionControl)) return [at(first, `${first.text} in the migrator's transaction`)]
  if (isWord(first, 'ALTER')) return checkAlter(statement, added)
  if (isWord(first, 'DO')) return statement.filter((token) => token.kind === 'string').flatMap(checkBlock)
  if (isWord(first, 'CREATE')) return checkCreate(statement, added)
  if (isWord(first, 'WITH', 'INSERT', 'MERGE', 'EXPLAIN', 'PREPARE')) return findDelete(statement)
  return []
}

function checkCreate(statement: readonly SqlToken[], added: Added): string[] {
  const concurrently = statement.find((token) => isWord(token, 'CONCURRENTLY'))
  if (concurrently !== undefined) return [at(concurrently, `CONCURRENTLY in the migrator's transaction`)]
  const table = statement.findIndex((token) => isWord(token, 'TABLE'))
  if (table > 0 && table <= 2) added.add(nameAt(statement, table + 1).name)
  return []
}

function checkAlter(statement: readonly SqlToken[], added: Added): string[] {
  if (!isWord(statement[1], 'TABLE', 'FOREIGN', 'MATERIALIZED')) {
    const changes = statement.filter((token, index) => {
      const movesSchema = isWord(token, 'SET') && isWord(statement[index + 1], 'SCHEMA')
      return movesSchema || isWord(token, 'DROP', 'RENAME') || isTypeChange(statement.slice(index))
    })
    return changes.map((token) => at(token, isWord(token, 'ALTER') ? 'another type' : token.text))
  }
  const { name, end } = nameAt(statement, isWord(statement[1], 'TABLE') ? 2 : 3)
  return actions(statement.slice(end)).flatMap((action) => checkAction(name, action, added))
}

/** One action of ALTER TABLE, such as `ADD COLUMN x text`. */
function checkAction(table: string, action: readonly SqlToken[], added: Added): string[] {
  const [first, second] = action
  if (first === undefined) return []
  if (isWord(first, 'DROP', 'RENAME', 'DETACH')) return [at(first, first.text)]
  if (isWord(first, 'SET') && isWord(second, 'SCHEMA')) return [at(first, 'SET SCHEMA')]
  if (isTypeChange(action)) return [at(first, 'another type')]
  if (isWord(first, 'ADD')) {
    const constrained = action.slice(isWord(second, 'CONSTRAINT') ? 3 : 1)
    if (isWord(constrained[0], 'NOT') && isWord(constrained[1], 'NULL')) {
      return existed(table, constrained[2], added) ? [at(first, 'NOT NULL on an existing column')] : []
    }
    added.add(`${table}.${nameAt(action, isWord(second, 'COLUMN') ? 2 : 1).name}`)
    return []
  }
  if (!isWord(first, 'ALTER')) return []
  const [column, ...rest] = action.slice(isWord(second, 'COLUMN') ? 2 : 1)
  const dropped = rest.find((token) => isWord(token, 'DROP'))
  if (dropped !== undefined) return [at(dropped, 'DROP')]
  const setsNotNull = isWord(rest[0], 'SET') && isWord(rest[1], 'NOT') && isWord(rest[2], 'NULL')
  return setsNotNull && existed(table, column, added) ? [at(first, 'NOT NULL on an existing column')] : []
}

/**
 * `ALTER [COLUMN | ATTRIBUTE] name [SET DATA] TYPE …`. Whether it narrows cannot be seen here, so none passes but one that cannot: `TYPE
 * numeric` without a precision and without USING.
 */
function isTypeChange(action: readonly SqlToken[]): boolean {
  if (!isWord(action[0], 'ALTER')) return false
  const [, ...rest] = action.slice(isWord(action[1], 'COLUMN', 'ATTRIBUTE') ? 2 : 1)
  if (isWord(rest[0], 'TYPE') && isWord(rest[1], 'NUMERIC'))
    return rest.slice(2).some(({ text }) => !['[', ']', ';', ','].includes(text))
  return isWord(rest[0], 'TYPE') || (isWord(rest[0], 'SET') && isWord(rest[1], 'DATA'))
}

/** A DO block: its keywords are searched, and its strings are checked as statements (EXECUTE format('…')). */
function checkBlock(body: SqlToken): string[] {
  const tokens = sqlTokens(body.text)
  const found = tokens.flatMap((token, index) => {
    const next = tokens[index + 1]
    if (token.kind === 'string') return nonAdditive(token.text.replace(/%(\d+\$)?-?\d*[sIL]/g, 'placeholder'))
    if (isWord(token, 'DROP', 'RENAME')) return [token.text]
    if (isWord(token, 'TRUNCATE') && !isWord(next, 'ON')) return ['TRUNCATE']
    if (isWord(token, 'DELETE') && isWord(next, 'FROM')) return ['DELETE']
    if (isTypeChange(tokens.slice(index))) return ['another type']
    const setsNotNull = isWord(token, 'SET') && isWord(next, 'NOT') && isWord(tokens[index + 2], 'NULL')
    return setsNotNull ? ['NOT NULL on an existing column'] : []
  })
  return found.map((reason) => at(body, `${reason.replace(/^line \d+: /, '')} (in a DO block)`))
}

function findDelete(statement: readonly SqlToken[]): string[] {
  const merges = statement.some((token) => isWord(token, 'MERGE'))
  return statement
    .filter((token, index) => isWord(token, 'DELETE') && (merges || isWord(statement[index + 1], 'FROM')))
    .map((token) => at(token, 'DELETE'))
}

/** Splits the actions of ALTER TABLE at commas outside parentheses. */
function actions(tokens: readonly SqlToken[]): SqlToken[][] {
  const split: SqlToken[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === '(') depth++
    if (token.kind === 'symbol' && token.text === ')') depth--
    if (depth === 0 && token.kind === 'symbol' && token.text === ',') split.push([])
    else split.at(-1)?.push(token)
  }
  return split
}

/** The (qualified) name that starts at `index`, after IF [NOT] EXISTS and ONLY; `end` is the index after it. */
function nameAt(tokens: readonly SqlToken[], index: number): { name: string; end: number } {
  let position = index
  while (isWord(tokens[position], 'IF', 'NOT', 'EXISTS', 'ONLY')) position++
  let name = canonical(tokens[position++])
  while (tokens[position]?.text === '.') {
    name += `.${canonical(tokens[position + 1])}`
    position += 2
  }
  return { name, end: tokens[position]?.text === '*' ? position + 1 : position }
}

/** A plain identifier means its lower-case form, so `A`, `a` and `"a"` are the same name, and `"A"` is another. */
function canonical(token: SqlToken | undefined): string {
  return token?.kind === 'word' ? token.text.toLowerCase() : (token?.text ?? '')
}

function existed(table: string, column: SqlToken | undefined, added: Added): boolean {
  return !added.has(table) && !added.has(`${table}.${canonical(column)}`)
}

function at(token: SqlToken, reason: string): string {
  return `line ${token.line}: ${reason}`
}
