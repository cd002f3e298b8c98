import { setMaxListeners } from 'node:events'
import { messageOf } from '../core/errors.js'
import { sleep } from '../core/wakeup.js'
import { within } from '../core/within.js'
import type { Activity, Surroundings, TaskHealth } from './activity.js'
import type { Beat } from './beat.js'
import { startCron } from './cronActivity.js'
import { Dependencies } from './dependencies.js'
import { type Lifecycle, Provider } from './dependency.js'
import { Events } from './events.js'
import { startEvery } from './everyActivity.js'
import { type Log, silentLog } from './log.js'
import { startLoop } from './loopActivity.js'
import type { Middleware } from './middleware.js'
import type { StreamSource } from './stream.js'
import { startStream } from './streamActivity.js'
import { needsBeat, type Task } from './task.js'

export interface RunnerOptions {
  readonly tasks: readonly Task[]
  /** The bus that stream tasks read; needed when there is one among the tasks. */
  readonly streams?: StreamSource | Provider<StreamSource>
  /** Who decides which process does what must happen once in a cluster; needed when there is such a task. */
  readonly beat?: (task: string) => Beat | Provider<Beat>
  readonly log?: Log
  /** Wrapped around every run, outermost first. */
  readonly middleware?: readonly Middleware[]
  /** Errors of a dependency's start that will pass, like those of a database that restarts: it is started again. Default: none. */
  readonly isPassing?: (error: unknown) => boolean
  /** How long one dependency is started again before its error ends the start, in milliseconds; default 60,000. */
  readonly patienceMs?: number
  /** How long a shutdown waits for the start and for work under way, in milliseconds; default 25,000. */
  readonly drainMs?: number
  /** How long it then waits for all dependencies to stop, in milliseconds; default 2,000. Each in its turn has half of what is left. */
  readonly closeMs?: number
}

/** Between two attempts to start a dependency. */
const RESTART_MS = 500

export type RunnerState = 'new' | 'starting' | 'running' | 'stopping' | 'stopped'

export interface Health {
  readonly state: RunnerState
  /** Whether this process should be given work; `reason` says why not. */
  readonly ready: boolean
  readonly reason: string | null
  readonly tasks: readonly TaskHealth[]
}

/**
 * Runs tasks: new → starting → running → stopping → stopped, never back.
 *
 * Start: the stream source and the tasks' dependencies, each after what it needs, then the tasks in order, then delivery. A dependency
 * whose error will pass is waited for.
 * Stop: readiness goes false; tasks take on no more, last started first; work under way finishes, at the deadline its signals are
 * aborted; dependencies stop in reverse order, and one that hangs leaves time to the others; every error on the way is collected and
 * thrown at the end.
 * Abort (the second signal): signals are aborted at once and nothing is waited for.
 */
export class Runner {
  readonly events: Events
  readonly #options: RunnerOptions
  readonly #log: Log
  readonly #dependencies = new Dependencies()
  readonly #activities: Activity[] = []
  readonly #aborting = new AbortController()
  readonly #stopped = new AbortController()
  #awaited: string | null = null
  #state: RunnerState = 'new'
  #starting: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(options: RunnerOptions) {
    const names = options.tasks.map((task) => task.name)
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new Error(`two tasks are named ${twice}`)
    this.#options = options
    // Every task and dependency waits for it while a shutdown is under way: more than ten is no leak.
    setMaxListeners(0, this.#aborting.signal)
    this.#log = options.log ?? silentLog
    this.events = new Events(this.#log)
  }

  /** Resolves when everything runs. @throws what the first failing dependency or task threw, after stopping what had started */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`the runner is ${this.#state}; it starts once`)
    this.#state = 'starting'
    this.#starting = this.#startAll()
    try {
      await this.#starting
    } catch (error) {
      await this.#stopAfter(error)
      throw error
    }
    if (this.#state === 'starting') this.#state = 'running'
  }

  /** Stops everything, once; see above. @throws AggregateError of everything that went wrong on the way */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  /** Ends the wait of `stop`, or stops without waiting. */
  abort(): void {
    this.#aborting.abort(new Error('shutdown was aborted'))
  }

  health(): Health {
    const tasks = this.#activities.map((activity) => activity.health())
    const troubled = tasks.find((task) => task.reason !== null)
    const trouble = troubled === undefined ? null : `${troubled.task}: ${troubled.reason}`
    const reason = this.#state === 'running' ? trouble : (this.#awaited ?? this.#state)
    return { state: this.#state, ready: reason === null, reason, tasks }
  }

  async #startAll(): Promise<void> {
    const { tasks, streams, beat } = this.#options
    const source = tasks.some(readsStreams) ? await this.#given(streams) : null
    const around: Omit<Surroundings, 'beat'> = {
      scope: this.#dependencies.scope,
      log: this.#log,
      events: this.events,
      middleware: this.#options.middleware ?? [],
      streams: source,
    }
    const beats = new Map<Task, Beat | null>()
    for (const task of tasks.filter(needsBeat)) beats.set(task, await this.#given(beat?.(task.name)))
    for (const need of tasks.flatMap((task) => task.needs)) await this.#startDependency(need)
    for (const task of tasks) {
      if (this.#state !== 'starting') break
      this.#activities.push(startTask(task, { ...around, beat: beats.get(task) ?? null }))
    }
    if (this.#state === 'starting') await source?.start()
  }

  /** What the runner was given, running; null when it was given none, or the start was broken off. */
  async #given<T>(given: T | Provider<T> | undefined): Promise<T | null> {
    if (given === undefined) return null
    if (!(given instanceof Provider)) return given
    await this.#startDependency(given)
    return this.#state === 'starting' ? given.get(this.#dependencies.scope) : null
  }

  async #startDependency(dependency: Lifecycle): Promise<void> {
    await this.#dependencies.start(dependency, (one) => this.#begin(one))
  }

  /** Starts one dependency, again while its error will pass. False when the runner was stopped before it ran. */
  async #begin(dependency: Lifecycle): Promise<boolean> {
    const { isPassing = () => false, patienceMs = 60_000 } = this.#options
    const deadline = performance.now() + patienceMs
    while (this.#state === 'starting') {
      try {
        await dependency.start(this.#dependencies.scope)
        this.#awaited = null
        return true
      } catch (error) {
        if (!isPassing(error) || performance.now() >= deadline) throw error
        const awaited = `starting: ${dependency.name} waits: ${messageOf(error)}`
        if (awaited !== this.#awaited) this.#log.warn({ err: error }, `${dependency.name} does not start yet`)
        this.#awaited = awaited
        await sleep(RESTART_MS, this.#stopped.signal)
      }
    }
    return false
  }

  /** A failed start must not hide behind the errors of its own cleaning up: those are logged. */
  async #stopAfter(cause: unknown): Promise<void> {
    this.#log.error({ err: cause }, 'start failed')
    try {
      await this.stop()
    } catch (error) {
      this.#log.error({ err: error }, 'stopping after the failed start failed too')
    }
  }

  async #stopAll(): Promise<void> {
    this.#state = 'stopping'
    this.#awaited = null
    this.#stopped.abort()
    const { drainMs = 25_000, closeMs = 2_000 } = this.#options
    const errors: unknown[] = []
    const drained = performance.now() + drainMs
    const attempt = async (work: Promise<unknown>, what: string): Promise<void> => {
      try {
        await within(work, drained - performance.now(), what, this.#aborting.signal)
      } catch (error) {
        errors.push(error)
      }
    }
    // What `start` threw is thrown there; here it only has to be over, so that nothing starts behind our back.
    await attempt(Promise.allSettled([this.#starting]), 'the start')
    const draining = this.#activities.toReversed().map((activity) => ({ activity, end: activity.stop() }))
    await Promise.all(
      draining.map(async ({ activity, end }) => {
        const { task } = activity.health()
        const before = errors.length
        await attempt(end, `task ${task}`)
        if (errors.length > before) activity.abort(new Error(`the shutdown gave up on ${task}`))
      }),
    )
    const closed = performance.now() + closeMs
    errors.push(
      ...(await this.#dependencies.stop((work, name) =>
        within(work, (closed - performance.now()) / 2, `dependency ${name}`, this.#aborting.signal),
      )),
    )
    this.#state = 'stopped'
    if (errors.length > 0) throw new AggregateError(errors, `shutdown: ${errors.map(messageOf).join('; ')}`)
  }
}

function readsStreams({ trigger }: Task): boolean {
  return trigger.kind === 'stream'
}

function startTask(task: Task, around: Surroundings): Activity {
  const activity = startTrigger(task, around)
  const trouble = task.watch(around.scope)
  return {
    ...activity,
    health: () => {
      const health = activity.health()
      return { ...health, reason: health.reason ?? (health.state === 'running' ? trouble() : null) }
    },
  }
}

function startTrigger(task: Task, around: Surroundings): Activity {
  switch (task.trigger.kind) {
    case 'stream':
      return startStream(task, task.trigger, around)
    case 'every':
      return startEvery(task, task.trigger, around)
    case 'cron':
      return startCron(task, task.trigger, around)
    case 'loop':
      return startLoop(task, around)
  }
}
