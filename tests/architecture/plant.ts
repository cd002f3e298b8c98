import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryRoot } from './sources.js'

const configuration = ['biome.json', '.oxlintrc.json', 'tsconfig.json', 'package.json']

/** What a tool printed in a planted folder. */
export interface ToolRun {
  readonly status: number | null
  readonly output: string
}

/**
 * Runs one of the repository's tools on planted files under the repository's own configuration, so that a rule that was renamed,
 * or an override that swallows another, shows up as a failed test and not as silence.
 * @param files text by path; they lie in a new folder, which is removed afterwards and whose name is cut out of the output
 */
export function runOnPlanted(tool: string, args: readonly string[], files: Readonly<Record<string, string>>): ToolRun {
  const folder = mkdtempSync(join(tmpdir(), 'ft-planted-'))
  try {
    for (const name of configuration) copyFileSync(join(repositoryRoot, name), join(folder, name))
    symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), `${text}\n`)
    }
    const run = spawnSync(join(repositoryRoot, 'node_modules/.bin', tool), args, { cwd: folder, encoding: 'utf8' })
    if (run.error !== undefined) throw run.error
    return { status: run.status, output: `${run.stdout}${run.stderr}`.replaceAll(`${folder}/`, '') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `{ 'path rule': text }` without the rules: keys are cut at the first space. */
export function byPath(violations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(violations).map(([key, text]) => [key.split(' ', 1)[0] ?? key, text]))
}
