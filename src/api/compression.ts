import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { FastifyInstance } from 'fastify'

/** Smaller answers gain nothing: they fit into one packet anyway. */
const THRESHOLD_BYTES = 1_400

/** Compresses JSON, text and scripts where the caller accepts it. Event streams are not listed: a compressor would hold events back. */
export function compressAnswers(app: FastifyInstance): void {
  app.register(compress, {
    global: true,
    threshold: THRESHOLD_BYTES,
    encodings: ['br', 'gzip', 'deflate', 'identity'],
    customTypes: /^(application\/(problem\+)?json|application\/x-ndjson|application\/javascript|text\/(html|plain))/,
    // The defaults are for files that are compressed once. Lists are mostly ids and addresses: more effort takes three times as long
    // for a tenth of the bytes.
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } },
    zlibOptions: { level: constants.Z_BEST_SPEED },
    globalDecompression: false,
  })
}
