import path from 'node:path'
import { folderOf, unpackedPackages } from './debianPackages.js'

/** The programs of Prometheus. */
export interface PrometheusTools {
  readonly prometheus: string
  readonly promtool: string
}

/**
 * Finds Prometheus on the PATH; otherwise Debian's package is fetched.
 * @throws Error that says what to install
 */
export async function prometheusTools(): Promise<PrometheusTools> {
  const folder = folderOf(['prometheus', 'promtool']) ?? path.join(await unpackedPackages('prometheus'), 'usr/bin')
  return { prometheus: path.join(folder, 'prometheus'), promtool: path.join(folder, 'promtool') }
}
