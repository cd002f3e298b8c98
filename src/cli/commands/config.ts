import type { Command } from 'commander'
import { describeConfig } from '../../core/config/describe.js'
import { configurationReference } from '../../core/config/reference.js'
import type { CliContext } from '../context.js'
import { table } from '../table.js'

/** `ft config`: prints the configuration in force, secrets masked, or the reference of all settings. */
export function configCommand(program: Command, { config, stdout, stderr }: CliContext): void {
  program
    .command('config')
    .description('print the configuration in force, secrets masked')
    .option('--json', 'as one JSON object')
    .option('--reference', 'print the reference of all settings instead (Markdown)')
    .addHelpText('after', '\nExamples:\n  $ ft config\n  $ ft config --json\n  $ ft config --reference')
    .action((options: { json?: true; reference?: true }) => {
      if (options.reference) {
        stdout.write(configurationReference())
        return
      }
      const settings = describeConfig(config())
      if (options.json) {
        const object = Object.fromEntries(settings.map(({ name, value }) => [name, value]))
        stdout.write(`${JSON.stringify(object, null, 2)}\n`)
      } else {
        stdout.write(table(settings.map(({ name, value }) => [name, value])))
      }
      for (const warning of config().warnings) stderr.write(`warning: ${warning}\n`)
    })
}
