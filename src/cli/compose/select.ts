import { nearest } from '../../core/config/nearest.js'
import { FtError } from '../../core/errors.js'
import type { Task } from '../../worker/task.js'

/**
 * The tasks of these names, in the order of `tasks`.
 * @throws FtError request_invalid for a name that no task has
 */
export function selectTasks(tasks: readonly Task[], names: readonly string[]): readonly Task[] {
  const known = tasks.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    const guess = nearest(unknown, known)
    const remedy = guess === undefined ? `these are: ${known.join(', ')}` : `did you mean ${guess}?`
    throw new FtError('request_invalid', `There is no task ${unknown}; ${remedy} (ft worker --list shows all)`)
  }
  return tasks.filter(({ name }) => names.includes(name))
}
