import { createReadStream, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.yaml': 'application/yaml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
}

/**
 * A static file server, as plain as any that may host the built page. Listens nowhere yet.
 * @param {string} folder what to serve
 * @param {string} [base] the path under which it lies, `/` at both ends
 */
export function staticServer(folder, base = '/') {
  return createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (`${pathname}/` === base) {
      response.writeHead(301, { location: base }).end()
      return
    }
    const file = pathname.startsWith(base) ? fileAt(folder, pathname.slice(base.length)) : null
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end('not found\n')
      return
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(file.path)] ?? 'application/octet-stream',
      'content-length': file.size,
      // Built assets carry a hash in their name; everything else may be another file after the next build.
      'cache-control': pathname.includes('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
    })
    if (request.method === 'HEAD') response.end()
    else createReadStream(file.path).pipe(response)
  })
}

/**
 * The file that a URL path names inside the folder; the folder's index.html for '' and '…/'. Null when there is none.
 * @param {string} folder
 * @param {string} urlPath
 */
function fileAt(folder, urlPath) {
  const path = join(folder, decode(urlPath.endsWith('/') || urlPath === '' ? `${urlPath}index.html` : urlPath))
  if (!path.startsWith(normalize(folder + sep))) return null
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat?.isFile() ? { path, size: stat.size } : null
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text).replaceAll('\0', '')
  } catch {
    return text
  }
}

/**
 * Listens, and answers the port.
 * @param {import('node:http').Server} server
 * @param {number} port 0: any free one
 * @param {string} [host]
 * @returns {Promise<number>} rejects with EADDRINUSE and the like
 */
export function listen(server, port, host = '127.0.0.1') {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}
