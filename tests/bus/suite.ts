import { deliverySuite } from './deliverySuite.js'
import { failureSuite } from './failureSuite.js'
import { flowSuite } from './flowSuite.js'
import type { Harness } from './harness.js'

/** The contract of src/bus/contract.ts as tests. `open` gives a harness on a fresh bus for each test. */
export function busSuite(open: () => Promise<Harness>): void {
  deliverySuite(open)
  failureSuite(open)
  flowSuite(open)
}
