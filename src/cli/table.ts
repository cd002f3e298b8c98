type Cell = string | number | bigint

/**
 * Rows as aligned text, two spaces between columns, a line break after every row. Columns of numbers are aligned right. With
 * `header` its names come first, in a row of their own.
 */
export function table(rows: readonly (readonly Cell[])[], header?: readonly string[]): string {
  const all = header === undefined ? rows : [header, ...rows]
  const width = Math.max(0, ...all.map((row) => row.length))
  const columns = Array.from({ length: width }, (_, index) => ({
    size: Math.max(...all.map((row) => String(row[index] ?? '').length)),
    numeric: rows.length > 0 && rows.every((row) => typeof row[index] === 'number' || typeof row[index] === 'bigint'),
  }))
  const lines = all.map((row) =>
    columns
      .map(({ size, numeric }, index) => {
        const text = String(row[index] ?? '')
        return numeric ? text.padStart(size) : text.padEnd(size)
      })
      .join('  ')
      .trimEnd(),
  )
  return lines.map((line) => `${line}\n`).join('')
}
