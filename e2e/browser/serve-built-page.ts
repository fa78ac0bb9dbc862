import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listen, staticServer } from '../../src/cli/launch/serve.mjs'

const DIST = join(import.meta.dirname, '../../dist')
/** Deep enough that a path from the root, or one level up, would miss. */
const SUB_PATH = '/some/sub/path/'

/** Serves dist/ for the whole run; the tests find its URL in HOPSCOPE_URL. */
export default async function serveBuiltPage(): Promise<() => void> {
  if (!existsSync(join(DIST, 'index.html'))) throw new Error('dist/ is empty: run `npm run build` first')
  const server = staticServer(DIST, SUB_PATH)
  const port = await listen(server, 0)
  process.env['HOPSCOPE_URL'] = `http://127.0.0.1:${port}${SUB_PATH}`
  return () => {
    server.close()
    server.closeAllConnections()
  }
}
